import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { useLive } from './live';
import type { ConnectionDetail, ConnectionSummary } from './types';

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => api.get<ConnectionSummary[]>('/connections', signal),
});

/** The live line of the shell tells how syncs stand; webhooks, and the seconds in the server's sentences, are asked for again. */
export const RENEW = { refetchInterval: 10_000 } as const;

/** Everything about one connection lives under `['connection', id]`, so that one invalidation renews all of it. */
export const connectionQuery = (id: number) =>
  queryOptions({
    queryKey: ['connection', id],
    queryFn: ({ signal }) => api.get<ConnectionDetail>(`/connections/${id}`, signal),
  });

export function useConnections() {
  return useQuery(connectionsQuery);
}

/** Keeps the list of connections up to date; the shell does this once for all pages. */
export function useLiveConnections(): boolean {
  const client = useQueryClient();
  return useLive('/events', {
    connections: (connections) => client.setQueryData(connectionsQuery.queryKey, connections),
  });
}
