import { expect, test } from 'vitest';
import { webhookSearch } from './search';
import {
  closedStepsWords,
  coverageWords,
  pollingWords,
  prettyJson,
  sparkWords,
  statusKind,
  viewTrouble,
} from './words';

test('colour follows the cause, not the status', () => {
  const cause = { sentence: '', times: 0, since: '', early: false };
  expect(statusKind({ status: 'partial', cause: { ...cause, cause: 'quiet' } })).toBe('unknown');
  const early = { ...cause, cause: 'set_up_wrongly', early: true } as const;
  expect(statusKind({ status: 'partial', cause: early })).toBe('unknown');
  expect(statusKind({ status: 'partial', cause: { ...cause, cause: 'set_up_wrongly' } })).toBe('bad');
  expect(statusKind({ status: 'successful' })).toBe('good');
  expect(statusKind({ status: 'successful', cause: { ...cause, cause: 'quiet' } })).toBe('good');
  const stopped = { status: 'successful', cause: { ...cause, cause: 'stopped' } } as const;
  expect(statusKind(stopped)).toBe('bad');
  expect(viewTrouble(stopped)?.text).toBe('Stopped');
  expect(closedStepsWords(stopped)).toContain('something is wrong');
  const never = { status: 'no_data', cause: { ...cause, cause: 'set_up_wrongly' } } as const;
  expect(viewTrouble(never)).toEqual({ kind: 'warn', text: 'Not set up yet' });
});

test('coverage never rounds up to all', () => {
  const family = { family: 'tickets', happened: 41_500, announced: 41_499, found_by_polling: 1, before: 0 };
  expect(coverageWords(family).replaceAll('\u202f', ' ')).toBe('41 499 of 41 500 ticket changes announced (99.9 %)');
  expect(coverageWords({ ...family, happened: 0, announced: 0 })).toBe('No changes read in 24 h');
});

test('what came before the first event is told apart', () => {
  const family = { family: 'tickets', happened: 10, announced: 9, found_by_polling: 1, before: 37 };
  expect(pollingWords(family)).toBe('1 change found by polling, 37 more before the first event');
  expect(pollingWords({ ...family, found_by_polling: 0 })).toBe('37 before the first event');
  expect(pollingWords({ ...family, before: 0 })).toBe('1 change found by polling');
});

test('a spark line is told in words', () => {
  expect(sparkWords([0, 0])).toBe('None in the last 24 hours');
  expect(sparkWords([1, 4, 0])).toBe('5 events in the last 24 hours, at most 4 in an hour, the last 1 hour ago');
});

test('a body that is no JSON stays as it came', () => {
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
});

test('what the address says wrongly is left out', () => {
  expect(
    webhookSearch({ event: 'Site created', result: 'failed', within: '24h', record: '41302', delivery: 7 }),
  ).toEqual({
    event: 'Site created',
    result: 'failed',
    within: '24h',
    record: 41_302,
    delivery: 7,
  });
  expect(webhookSearch({ event: '', result: 'all', within: '3y', record: 'x', delivery: -1 })).toEqual({});
});
