import { noteServerTime } from '../lib/clock';
import { setLine } from './line';
import type { ApiProblem, SessionView } from './types';

export const BASE = '/api/v1';

/** The server answered, and the answer is that it did not do it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ApiProblem,
  ) {
    super(problem.message);
    this.name = 'ApiError';
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer from the server: network, name, certificate, or a proxy in front of it that has nobody behind it. */
export class UnreachableError extends Error {
  constructor(cause?: unknown) {
    super('The server did not answer.', { cause });
    this.name = 'UnreachableError';
  }
}

export function hasCode(error: unknown, code: string): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

let csrfToken = '';

/** Each SessionView brings the token that the next request needs. */
export function rememberCsrf(session: SessionView): void {
  csrfToken = session.csrf_token;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

async function send(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  try {
    return await fetch(BASE + path, init);
  } catch (cause) {
    // A request that we took back ourselves says nothing about the server.
    if (signal?.aborted) throw cause;
    setLine('down');
    throw new UnreachableError(cause);
  }
}

async function problemOf(response: Response): Promise<ApiProblem | null> {
  try {
    const body: unknown = await response.json();
    const problem = (body as { error?: ApiProblem }).error;
    return problem && typeof problem.code === 'string' ? problem : null;
  } catch {
    return null;
  }
}

async function failure(response: Response): Promise<Error> {
  const problem = await problemOf(response);
  if (problem) {
    setLine(problem.code === 'starting' ? 'starting' : 'up');
    return new ApiError(response.status, problem);
  }
  if (response.status >= 502 && response.status <= 504) {
    setLine('down');
    return new UnreachableError(`HTTP ${response.status}`);
  }
  return new ApiError(response.status, {
    code: 'internal',
    message: `The server answered HTTP ${response.status} without a reason.`,
    advice: 'Try again. If it stays, look at the log of the server.',
    request_id: response.headers.get('x-request-id') ?? '',
  });
}

async function refreshCsrf(): Promise<boolean> {
  const before = csrfToken;
  const response = await send('GET', '/session', undefined);
  if (!response.ok) return false;
  rememberCsrf((await response.json()) as SessionView);
  return csrfToken !== before;
}

/** Sends one request. Resolves with the parsed JSON, the text, or undefined for 204; rejects with one of the errors above. */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  if (method !== 'GET' && csrfToken === '') await refreshCsrf();
  let response = await send(method, path, body, signal);
  // Signing in within another tab changes the token: ask for the new one and try once more.
  if (method !== 'GET' && response.status === 403 && (await refreshCsrf())) {
    response = await send(method, path, body, signal);
  }
  if (!response.ok) throw await failure(response);
  setLine('up');
  noteServerTime(response.headers.get('date'));
  // 202 may come with or without a body.
  const text = await response.text();
  if (text === '') return undefined as T;
  return (response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T;
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal),
  post: <T>(path: string, body?: unknown) => request<T>('POST', path, body),
  put: <T>(path: string, body?: unknown) => request<T>('PUT', path, body),
  patch: <T>(path: string, body?: unknown) => request<T>('PATCH', path, body),
  delete: <T = void>(path: string) => request<T>('DELETE', path),
};
