import { expect, test } from 'vitest';
import { matches } from './match';
import { safeNext } from './next';
import { passwordProblem } from './password';

test('the search finds HaloPSA however it is typed', () => {
  for (const typed of ['halopsa', 'HaloPSA', 'Halo PSA', 'halo-psa', ' psa', ''])
    expect(matches('HaloPSA', typed)).toBe(true);
  expect(matches('HaloPSA', 'Autotask')).toBe(false);
});

test('signing in leads only to pages of this site', () => {
  expect(safeNext('/integrations?q=1#a')).toBe('/integrations?q=1#a');
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in', undefined]) {
    expect(safeNext(next)).toBe('/');
  }
});

test('a password has twelve characters, counted as people count', () => {
  expect(passwordProblem('twelve chars')).toBeNull();
  expect(passwordProblem('🙂🙂🙂🙂🙂🙂')).toContain('6 of at least 12');
});
