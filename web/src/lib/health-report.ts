import type { HealthView } from '../api/types';
import { bytes, duration, percent } from './format';

const ENGINES: Record<string, string> = {
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  duckdb: 'DuckDB',
  ducklake: 'DuckLake',
};

export function engineName(engine: string): string {
  return ENGINES[engine] ?? engine;
}

/** A connection's health without its time, for lists that are about something else. */
export const HEALTH_WORDS = {
  healthy: { kind: 'good', text: 'Healthy' },
  needs_attention: { kind: 'warn', text: 'Needs attention' },
  failing: { kind: 'bad', text: 'Failing' },
  stale: { kind: 'warn', text: 'Stale' },
  not_synced: { kind: 'unknown', text: 'Not synced yet' },
} as const;

export type Room = 'enough' | 'little' | 'too_little';

const LITTLE = 0.2;
/** As the server's own check counts. */
const TOO_LITTLE = 0.1;

/** How much room the disk has left, in a word. */
export function diskRoom({ free_bytes, total_bytes }: NonNullable<HealthView['disk']>): Room {
  const free = total_bytes > 0 ? free_bytes / total_bytes : 0;
  if (free < TOO_LITTLE) return 'too_little';
  return free < LITTLE ? 'little' : 'enough';
}

/** `postgres://user:secret@host` without what opens the door; addresses rarely hold one, but support mails travel far. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\w+:\/\/)[^/\s@]*@/g, '$1')
    .replace(/(\w+:\/\/[^\s?#]*)[?#]\S*/g, '$1')
    .replace(/\bhst_\w+/g, 'hst_…');
}

function size(value: number | null | undefined): string {
  return value == null ? 'size unknown' : bytes(value);
}

/** What support needs to know, as plain text: nothing of the data, no addresses' secrets. */
export function supportReport(view: HealthView, at: Date): string {
  const { store, warehouse, disk } = view;
  const memory = view.process_memory_bytes;
  const lines = [
    `Haloscope ${view.version}, health at ${at.toISOString()}`,
    `Up for ${duration(view.uptime_s * 1000)}, since ${view.started_at}`,
    `Memory: ${memory == null ? 'unknown' : bytes(memory)}`,
    `Store: ${engineName(store.engine)}, ${size(store.size_bytes)}`,
    `Warehouse: ${engineName(warehouse.engine)}, ${size(warehouse.size_bytes)}`,
    disk
      ? `Disk of ${disk.folder}: ${bytes(disk.free_bytes)} of ${bytes(disk.total_bytes)} free (${percent(disk.free_bytes / disk.total_bytes)})`
      : 'Disk: unknown',
    `Listens at: ${view.listens_at}`,
    `Public URL: ${view.public_url ?? 'none'}`,
    '',
    'Checks:',
    ...view.checks.map(({ ok, name, sentence }) => `- ${ok ? 'ok' : 'NOT OK'}: ${name}: ${sentence}`),
    '',
    'Connections:',
    ...view.connections.map(
      (one) =>
        `- ${one.name} (${one.id}): ${HEALTH_WORDS[one.health].text}, data as of ${one.as_of ?? 'never'}, deliveries waiting ${one.deliveries_waiting}, failed ${one.deliveries_dead}`,
    ),
  ];
  if (view.connections.length === 0) lines.push('- none');
  return withoutSecrets(lines.join('\n'));
}
