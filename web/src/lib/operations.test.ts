import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasWords, operationWords, subjectWords } from './operations';

interface Document {
  paths: Record<string, Record<string, { operationId?: string }>>;
}

test('every operation that writes has words', () => {
  // Vitest runs in the folder of its configuration, web/.
  const { paths } = JSON.parse(readFileSync('../docs/openapi.json', 'utf8')) as Document;
  const writing = Object.values(paths).flatMap((path) =>
    ['post', 'put', 'patch', 'delete'].flatMap((method) => path[method]?.operationId ?? []),
  );
  expect(writing.length).toBeGreaterThan(20);
  expect(writing.filter((operation) => !hasWords(operation))).toEqual([]);
});

test('a refused sign-in did not sign in', () => {
  expect(operationWords('session_start')).toBe('Signed in');
  expect(operationWords('session_start', 'refused')).toBe('Was refused at sign-in');
});

test('a subject is a name and never a path', () => {
  const nameOf = (id: number) => (id === 1 ? 'Acme' : undefined);
  expect(subjectWords('anna@acme.example', nameOf)).toBe('anna@acme.example');
  expect(subjectWords('/connections/1/webhook/test', nameOf)).toBe('Acme');
  expect(subjectWords('/connections/2/sync', nameOf)).toBe('Connection 2');
  expect(subjectWords('/connections/1/deliveries/77/replay', nameOf)).toBe('Acme, delivery 77');
  expect(subjectWords('/connections/1/deliveries/replay', nameOf)).toBe('Acme');
  expect(subjectWords('/connections/test', nameOf)).toBe('');
  expect(subjectWords('/workspace', nameOf)).toBe('Workspace');
  expect(subjectWords('/something/else', nameOf)).toBe('');
});
