import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, hasCode, UnreachableError } from './client';
import { currentLine, onLine } from './line';

const TRIES_WITHOUT_ANSWER = 2;

/** A starting server is asked until it has started; a refusal (4xx) is final; no answer is tried again a little. */
export function mayRetry(failures: number, error: unknown): boolean {
  if (hasCode(error, 'starting')) return true;
  if (error instanceof ApiError) return error.status >= 500 && failures < 1;
  return error instanceof UnreachableError && failures < TRIES_WITHOUT_ANSWER;
}

export function retryDelay(_failures: number, error: unknown): number {
  const wait = error instanceof ApiError ? error.problem.retry_after_s : null;
  return Math.max(1, Math.min(wait ?? 1, 10)) * 1000;
}

/** When any request learns that the session ended, the session is asked for again: the gate then shows the sign-in page. */
function onError(error: unknown): void {
  if (hasCode(error, 'signed_out')) void queryClient.invalidateQueries({ queryKey: ['session'] });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      retry: mayRetry,
      retryDelay,
      staleTime: 10_000,
      // The server is often in the same building: "no internet" must not stop requests to it.
      networkMode: 'always',
    },
    mutations: { retry: (_failures, error) => hasCode(error, 'starting'), retryDelay, networkMode: 'always' },
  },
});

// When the server is back, everything on the screen is asked for again.
let wasUp = true;
onLine(() => {
  const up = currentLine().state === 'up';
  if (up && !wasUp) void queryClient.invalidateQueries();
  wasUp = up;
});
