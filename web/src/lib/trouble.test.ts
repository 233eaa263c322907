import { expect, test } from 'vitest';
import { causeKind, needsLook, troubleWords } from './trouble';

test('the trouble of a webhook has a word', () => {
  expect(troubleWords('successful', 'stopped')).toEqual({ kind: 'bad', text: 'Stopped' });
  expect(troubleWords('partial', 'set_up_wrongly')).toEqual({ kind: 'bad', text: 'Set up wrongly' });
  expect(troubleWords('no_data', 'set_up_wrongly')).toEqual({ kind: 'warn', text: 'Not set up yet' });
  for (const none of ['quiet', null, undefined] as const) expect(troubleWords('partial', none)).toBeNull();
});

test('what was never set up is no fault, and a quiet webhook neither', () => {
  expect(needsLook('no_data', 'set_up_wrongly')).toBe(false);
  expect(needsLook('no_data', 'refused')).toBe(true);
  expect(needsLook('successful', 'never_confirmed')).toBe(true);
  expect(needsLook('successful', 'quiet')).toBe(false);
  expect(causeKind('quiet')).toBeNull();
});
