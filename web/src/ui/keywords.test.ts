import { expect, test } from 'vitest';
import { pagesAbout } from './keywords';

test('a page is found by what is on it', () => {
  expect(pagesAbout('invoice')).toEqual(['Data']);
  expect(pagesAbout('ticket')).toEqual(['Data']);
  expect(pagesAbout('permissions')).toEqual(['Connection', 'Users']);
  expect(pagesAbout('secret')).toEqual(['Connection']);
  expect(pagesAbout('callback')).toEqual(['Overview', 'Webhook']);
});
