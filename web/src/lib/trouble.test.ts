import { expect, test } from 'vitest';
import { causeWords } from './trouble';

test('the trouble of a webhook has a word, and a quiet one has none', () => {
  expect(causeWords('stopped')).toEqual({ kind: 'bad', text: 'Stopped' });
  expect(causeWords('set_up_wrongly')).toEqual({ kind: 'bad', text: 'Set up wrongly' });
  for (const none of ['quiet', null, undefined] as const) expect(causeWords(none)).toBeNull();
});
