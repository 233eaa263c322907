import { expect, test } from 'vitest';
import { timeline } from './timeline';

test('runs and deliveries are merged by time', () => {
  const run = { id: 1, kind: 'sync', started_at: '2026-03-12T13:00:00Z', outcome: 'complete' } as const;
  const delivery = {
    number: 9,
    arrived_at: '2026-03-12T13:00:01Z',
    result: 'accepted',
    status: 200,
    attempts: 1,
    repeats: 0,
  } as const;
  expect(timeline([run], [delivery], 5).map(({ key }) => key)).toEqual(['delivery 9', 'run 1']);
  expect(timeline([run], [delivery], 1)).toHaveLength(1);
});
