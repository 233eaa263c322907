import { expect, test } from 'vitest';
import type { EventRow } from '../../api/types';
import { isAboutSecret, isUnfinished, stepsOf } from './steps';

function event(rare: boolean, total: number): EventRow {
  return { event: 'Site deleted', rare, in_24_hours: 0, by_hour: [], total };
}

test('the step bar says how far each step is', () => {
  const first = { fraction: 0.624, rows: 10 };
  const steps = stepsOf({ first_sync: first, webhook: { status: 'no_data', events_arrived: 0 } }, undefined);
  expect(steps.map(({ state, says }) => [state, says.replace('\u202f', ' ')])).toEqual([
    ['done', '✓'],
    ['now', '62 %'],
    ['later', '0 of 11'],
  ]);
});

test('events that seldom happen do not keep the set-up unfinished', () => {
  const detail = { as_of: '2026-03-12T13:00:00Z', webhook: { status: 'partial' as const, events_arrived: 8 } };
  expect(isUnfinished(stepsOf(detail, [event(false, 3), event(true, 0)]))).toBe(false);
  expect(isUnfinished(stepsOf(detail, [event(false, 0), event(true, 0)]))).toBe(true);
  expect(isUnfinished(stepsOf(detail, undefined))).toBe(true);
});

test('a refused client leads to the secret', () => {
  expect(isAboutSecret('HaloPSA refused the Client ID or Client Secret.')).toBe(true);
  expect(isAboutSecret('The host halo.example does not answer.')).toBe(false);
});
