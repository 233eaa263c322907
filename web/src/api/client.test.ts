import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, api, rememberCsrf, UnreachableError } from './client';
import { currentLine } from './line';
import { mayRetry } from './query';
import type { SessionView } from './types';

const session = (csrf_token: string) => ({ csrf_token }) as SessionView;
const problem = (status: number, code: string) =>
  Response.json({ error: { code, message: 'No.', request_id: 'r1' } }, { status });

function stub(...answers: (Response | Error)[]) {
  const fetched = vi.fn(async (_url: string, _init: RequestInit) => {
    const answer = answers.shift();
    if (!answer) throw new Error('one request more than expected');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

afterEach(() => vi.unstubAllGlobals());

test('a change carries the token, and a new one is fetched when another tab has changed it', async () => {
  rememberCsrf(session('old'));
  const fetched = stub(problem(403, 'forbidden'), Response.json(session('new')), new Response(null, { status: 204 }));
  await expect(api.delete('/users/1')).resolves.toBeUndefined();
  const tokens = fetched.mock.calls.map(([, init]) => (init.headers as Record<string, string>)['x-csrf-token']);
  expect(tokens).toEqual(['old', undefined, 'new']);
});

test('a refusal is an ApiError with the code of the server', async () => {
  stub(problem(409, 'conflict'));
  const error = await api.get('/x').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).code).toBe('conflict');
  expect(mayRetry(0, error)).toBe(false);
});

test('no answer, also from a proxy, is its own kind and takes the line down until the next answer', async () => {
  stub(new TypeError('failed'), new Response('Bad gateway', { status: 502 }), Response.json([]));
  await expect(api.get('/x')).rejects.toBeInstanceOf(UnreachableError);
  await expect(api.get('/x')).rejects.toBeInstanceOf(UnreachableError);
  expect(currentLine().state).toBe('down');
  await api.get('/x');
  expect(currentLine().state).toBe('up');
});

test('a starting server is asked for as long as it takes', async () => {
  stub(problem(503, 'starting'));
  const error = await api.get('/x').catch((caught: unknown) => caught);
  expect(mayRetry(500, error)).toBe(true);
  expect(currentLine().state).toBe('starting');
});
