import { expect, test } from 'vitest';
import {
  cleanAuthUrl,
  formOf,
  isUntouched,
  resultWords,
  sameValues,
  tenantOf,
  tenantProblem,
  urlProblem,
  valuesOf,
  warningsOf,
} from './values';

const ACME = { ...valuesOf(null), auth_url: 'https://acme.halopsa.com/auth', tenant: 'acme' };

test('the tenant comes from the host of the Auth URL', () => {
  expect(tenantOf('https://acme.halopsa.com/auth')).toBe('acme');
  expect(tenantOf('https://halo.local/auth')).toBe('');
  expect(tenantOf('http://127.0.0.1:8491/auth')).toBe('');
  expect(tenantOf('acme')).toBe('');
});

test('/token is cut off the Auth URL', () => {
  expect(cleanAuthUrl(' https://acme.halopsa.com/auth/token/ ')).toBe('https://acme.halopsa.com/auth');
  expect(cleanAuthUrl('https://token.halopsa.com/auth')).toBe('https://token.halopsa.com/auth');
});

test('what looks wrong is said', () => {
  expect(warningsOf({ ...ACME, auth_url: 'https://acme.halopsa.com/api' }).auth_url).toContain('Resource URL');
  expect(warningsOf({ ...ACME, client_id: 'abc' }).client_id).toContain('00000000');
  expect(warningsOf({ ...ACME, client_id: '5b3df7f1-0d6c-4b55-9e0b-1f2a3b4c5d6e' })).toEqual({});
});

test('plain http is refused unless private addresses are allowed', () => {
  expect(urlProblem('http://10.0.0.3/auth', 'Auth URL', false)).toContain('https://');
  expect(urlProblem('http://10.0.0.3/auth', 'Auth URL', true)).toBeNull();
  expect(urlProblem('acme', 'Auth URL', true)).toContain('names a host');
});

test('a tenant may be missing only where HaloPSA is hosted by its owner', () => {
  expect(tenantProblem('', false)).not.toBeNull();
  expect(tenantProblem('', true)).toBeNull();
  expect(tenantProblem('ac me', true)).toContain('spaces');
});

test('an empty secret is not sent, so that the kept one stays', () => {
  expect('client_secret' in formOf(ACME)).toBe(false);
  expect(formOf({ ...ACME, client_secret: ' s3 ' }).client_secret).toBe('s3');
  expect(isUntouched(valuesOf(null))).toBe(true);
  expect(isUntouched(ACME)).toBe(false);
});

test('wrong values of a connection that is kept leave it as it is', () => {
  const { title, more } = resultWords('save', false, true);
  expect(title).toBe('Nothing was saved: these values do not work.');
  expect(more).toContain('goes on with the values of before');
  expect(resultWords('test', false, false).title).toContain('does not work yet');
  expect(resultWords('test', true, true).more).toBeUndefined();
});

test('a number that was typed is the same number', () => {
  const kept = valuesOf(null);
  expect(sameValues({ ...kept, request_limit: '450' }, kept)).toBe(true);
  expect(sameValues({ ...kept, client_secret: 'x' }, kept)).toBe(false);
});
