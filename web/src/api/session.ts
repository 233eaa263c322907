import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { api, hasCode, rememberCsrf, UnreachableError } from './client';
import { queryClient } from './query';
import type { Permission, SessionView } from './types';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    const session = await api.get<SessionView>('/session', signal);
    rememberCsrf(session);
    return session;
  },
  staleTime: 60_000,
  // Without a session there is nothing to show at all, so this one request never gives up.
  retry: (_failures, error) => error instanceof UnreachableError || hasCode(error, 'starting'),
});

/** The session of a page inside the shell, where it exists for certain. */
export function useSession(): SessionView {
  const { data } = useQuery(sessionQuery);
  if (!data)
    throw new Error('useSession is for pages inside the shell, which shows nothing before the session is known');
  return data;
}

/** Whether the session has the permission; with several, whether it has at least one. */
export function usePermission(...any: Permission[]): boolean {
  const { data } = useQuery(sessionQuery);
  return any.some((permission) => data?.permissions.includes(permission) ?? false);
}

/** Takes over a session that an answer brought (sign-in, link, sample data); what another person saw is forgotten. */
export function adoptSession(session: SessionView): void {
  const before = queryClient.getQueryData(sessionQuery.queryKey);
  rememberCsrf(session);
  if (before?.user?.id !== session.user?.id) {
    queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  }
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => api.delete('/session'),
    // The whole page is loaded anew: nothing of the session stays in memory.
    onSuccess: () => window.location.assign('/sign-in'),
  });
}

/** Starts ("POST") or removes ("DELETE") sample data; the session afterwards says which it is. */
export function useSample(method: 'start' | 'remove') {
  return useMutation({
    mutationFn: () => (method === 'start' ? api.post<SessionView>('/sample') : api.delete<SessionView>('/sample')),
    onSuccess: async (session) => {
      adoptSession(session);
      await queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
    },
  });
}
