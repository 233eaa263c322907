import { expect, test } from 'vitest';
import type { ConnectionSummary, EntityRow } from '../../../api/types';
import { countWords, estimate, notReadWords, passFraction, pausedWords, timeLeft } from './words';

const NOW = Date.parse('2026-03-12T13:00:00Z');

function row(changes: Partial<EntityRow>): EntityRow {
  return { table: 'tickets', title: 'Tickets', state: 'done', here: 0, missing: 0, left_over: 0, ...changes };
}

function connection(changes: Partial<ConnectionSummary>): ConnectionSummary {
  return {
    id: 1,
    name: 'HaloPSA',
    resource_url: 'https://acme.halopsa.com/api',
    is_sample: false,
    health: { health: 'healthy', attention: 0 },
    activity: { activity: 'waiting' },
    ...changes,
  };
}

test('reading everything is estimated by pages and by what we may use of the limit', () => {
  const rows = [row({ there: 41_302 }), row({ here: 3 }), row({ there: 1000, state: 'off' })];
  const { requests, ms } = estimate(rows, { usable: 360, window_s: 300 });
  expect(requests).toBe(415);
  expect(Math.round(ms / 1000)).toBe(346);
});

test('progress counts rows, and is absent while only changes are read', () => {
  const entities = [
    row({ there: 100 }),
    row({ state: 'reading', of: 300, rows_now: 100 }),
    row({ state: 'waiting', there: 100 }),
  ];
  const reading = connection({ activity: { activity: 'reading_all' } });
  expect(passFraction({ connection: reading, entities })).toBe(0.4);
  expect(passFraction({ connection: connection({ activity: { activity: 'syncing' } }), entities })).toBeNull();
  const first = connection({ first_sync: { fraction: 0.62, rows: 4 } });
  expect(passFraction({ connection: first, entities })).toBe(0.62);
});

test('the time left is told with the pace', () => {
  const requests = { used: 0, limit: 450, usable: 360, window_s: 300, reserve_percent: 20, by_use: [] };
  const ends = (seconds: number) =>
    connection({ first_sync: { fraction: 0.5, rows: 1, ends_at: new Date(NOW + seconds * 1000).toISOString() } });
  expect(timeLeft({ connection: ends(820), requests }, NOW)).toBe('about 14 min left at 72 requests a minute');
  expect(timeLeft({ connection: ends(20), requests }, NOW)).toBe('less than a minute left');
  expect(timeLeft({ connection: connection({}), requests }, NOW)).toBeNull();
});

test('the count check says how many kinds differ', () => {
  const counts = { pending: 0, complete: false, compared: 51, differing: 1, running: false };
  expect(countWords(counts, 51).text).toBe('1 of 51 kinds of records differs');
  expect(countWords({ ...counts, compared: 0 }, 51).kind).toBe('unknown');
  const early = countWords({ ...counts, compared: 48, differing: 0, pending: 3 }, 51);
  expect(early).toEqual({ kind: 'unknown', text: '48 kinds of records agree so far, 3 to come' });
});

test('kinds that are not read are counted, and not compared', () => {
  const counts = { pending: 0, complete: true, compared: 49, differing: 0, running: false };
  expect(countWords(counts, 51).text).toBe('49 of 51 kinds of records: as many rows here as in HaloPSA');
  expect(countWords({ ...counts, compared: 51 }, 51).text).toBe('51 kinds of records: as many rows here as in HaloPSA');
  const rows = [row({}), row({ state: 'off' }), row({ state: 'off' }), row({ state: 'no_permission' })];
  expect(notReadWords(rows)).toBe('Not compared: 2 kinds that are off, 1 kind that may not be read.');
  expect(notReadWords([row({})])).toBeNull();
});

test('a pause is one sentence: who, when, and what the figures are', () => {
  const activity = { activity: 'paused', paused_by: 'Ana', paused_at: '2026-03-12T09:00:00Z' } as const;
  const words = (as_of: string) => pausedWords(connection({ activity, as_of }), 'UTC', NOW);
  expect(words('2026-03-12T08:59:00Z')).toBe('Paused by Ana at 09:00. Dashboards show data as of then.');
  expect(words('2026-03-12T07:00:00Z')).toContain('data as of 07:00.');
});
