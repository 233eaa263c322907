import { expect, test } from 'vitest';
import type { ConnectionSummary } from '../api/types';
import { activityWords, connectionWords, freshness, limitWords } from './health';

const NOW = Date.parse('2026-03-12T13:00:00Z');
const ZONE = 'Europe/London';

function connection(changes: Partial<ConnectionSummary>): ConnectionSummary {
  return {
    id: 7,
    name: 'HaloPSA',
    resource_url: 'https://northwind.halopsa.com/api',
    is_sample: false,
    health: { health: 'healthy', attention: 0 },
    activity: { activity: 'waiting' },
    as_of: new Date(NOW - 12_000).toISOString(),
    ...changes,
  };
}

function checkChip(changes: Partial<ConnectionSummary>, ring: string, text: string) {
  const chip = freshness([connection(changes)], NOW);
  expect([chip.ring, chip.text.replaceAll('\u202f', ' ')]).toEqual([ring, text]);
}

test('the chip says how old the data is', () => {
  checkChip({}, 'live', 'Live, 12 s ago');
  checkChip({ as_of: '2026-03-12T12:56:00Z' }, 'behind', '4 min behind');
  checkChip({ as_of: '2026-03-12T12:56:00Z', told_at: '2026-03-12T12:59:57Z' }, 'live', 'Live, 3 s ago');
  checkChip({ as_of: '2026-03-12T12:56:00Z', told_at: '2026-03-12T12:30:00Z' }, 'behind', '4 min behind');
  checkChip({ as_of: '2026-03-12T10:00:00Z', health: { health: 'stale', attention: 0 } }, 'stale', 'Stale, 3 h');
  const failing = { as_of: '2026-03-12T12:56:00Z', health: { health: 'failing', attention: 0 } } as const;
  checkChip(failing, 'stale', 'Failing, data 4 min old');
  checkChip({ as_of: null, first_sync: { fraction: 0.629, rows: 1 } }, 'first', 'First sync 62 %');
  expect(freshness([], NOW).text).toBe('Not connected');
});

test('of several connections the chip shows the worst', () => {
  const old = connection({ id: 8, as_of: '2026-03-12T12:56:00Z' });
  expect(freshness([connection({}), old], NOW).connection).toBe(8);
});

test('a card says one thing, the most important', () => {
  const failing = { health: 'failing', attention: 0, since: '2026-03-12T09:12:00Z' } as const;
  const words = connectionWords(connection({ health: failing, first_sync: { fraction: 0.1, rows: 1 } }), ZONE);
  expect(words.kind).toBe('bad');
  expect(words.text).toContain('Failing since');
  expect(words.text).toContain('09:12');
  const stopped = { trouble: 'stopped' } as const;
  expect(connectionWords(connection({}), ZONE, stopped)).toEqual({ kind: 'bad', text: 'Connected, webhook stopped' });
  expect(connectionWords(connection({}), ZONE, { trouble: null }).text).toBe('Connected');
  const paused = connection({ activity: { activity: 'paused' }, health: failing });
  expect(connectionWords(paused, ZONE).text).toBe('Paused');
});

test('an activity names what is read and what it waits for', () => {
  const wait_until = '2026-03-12T13:00:42Z';
  const words = activityWords({ activity: 'syncing', entity: 'Tickets', rows: 12, of: 40, wait_until }, ZONE);
  expect(words).toContain('Syncing tickets, 12 of 40, waits until ');
  expect(words).toContain('13:00:42');
});

test('what all requests wait for is told until it is over', () => {
  const label = { activity: 'syncing', wait_until: '2026-03-12T13:00:42Z' } as const;
  expect(limitWords(label, ZONE, NOW)).toBe("Waiting for HaloPSA's request limit, goes on at 13:00:42");
  expect(limitWords(label, ZONE, NOW + 60_000)).toBeNull();
  expect(limitWords({ activity: 'waiting' }, ZONE, NOW)).toBeNull();
});
