import { expect, test } from 'vitest';
import type { HealthView } from '../api/types';
import { diskRoom, supportReport, withoutSecrets } from './health-report';

const VIEW: HealthView = {
  version: '0.1.0',
  started_at: '2026-03-12T09:00:00Z',
  uptime_s: 12_000,
  process_memory_bytes: 104_000_000,
  store: { engine: 'sqlite', size_bytes: 1_500_000 },
  warehouse: { engine: 'duckdb', size_bytes: null },
  disk: { folder: '/var/lib/haloscope', free_bytes: 40e9, total_bytes: 100e9 },
  connections: [{ id: 1, name: 'HaloPSA', health: 'failing', as_of: null, deliveries_waiting: 3, deliveries_dead: 1 }],
  listens_at: '127.0.0.1:8480',
  public_url: 'https://user:hush@halo.example/x?key=hush',
  checks: [{ name: 'Disk', ok: true, sentence: '40 % is free.' }],
};

test('the report says how everything stands', () => {
  const report = supportReport(VIEW, new Date('2026-03-12T12:20:00Z')).replaceAll('\u202f', ' ');
  expect(report).toContain('Haloscope 0.1.0, health at 2026-03-12T12:20:00.000Z');
  expect(report).toContain('Up for 3 h 20 min');
  expect(report).toContain('Warehouse: DuckDB, size unknown');
  expect(report).toContain('40 GB of 100 GB free (40 %)');
  expect(report).toContain('- HaloPSA (1): Failing, data as of never, deliveries waiting 3, failed 1');
});

test('the report holds no secrets', () => {
  expect(supportReport(VIEW, new Date())).not.toContain('hush');
  expect(withoutSecrets('sent hst_abc123 to http://a.example/b#tok')).toBe('sent hst_… to http://a.example/b');
});

test('room on the disk has a word', () => {
  const of = (free_bytes: number) => diskRoom({ folder: '/', free_bytes, total_bytes: 100 });
  expect([of(40), of(10), of(4)]).toEqual(['enough', 'little', 'too_little']);
  expect(diskRoom({ folder: '/', free_bytes: 0, total_bytes: 0 })).toBe('too_little');
});
