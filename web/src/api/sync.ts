import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, BASE } from './client';
import { connectionQuery, connectionsQuery } from './connections';
import { useLive } from './live';
import type { ConnectionDetail, ConnectionSummary, RunView, SyncStarted, SyncView } from './types';

export const RUNS_SHOWN = 50;

export const syncQuery = (id: number) =>
  queryOptions({
    queryKey: ['connection', id, 'sync'],
    queryFn: ({ signal }) => api.get<SyncView>(`/connections/${id}/sync`, signal),
  });

export type Outcome = RunView['outcome'];

export const runsQuery = (id: number, outcome: Outcome | null, limit = RUNS_SHOWN) =>
  queryOptions({
    queryKey: ['connection', id, 'runs', outcome, limit],
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ limit: String(limit), ...(outcome ? { outcome } : {}) });
      return api.get<RunView[]>(`/connections/${id}/runs?${search}`, signal);
    },
  });

export function runLogAddress(id: number, run: number): string {
  return `${BASE}/connections/${id}/runs/${run}/log`;
}

export function useStartSync(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ full }: { full: boolean }) => api.post<SyncStarted>(`/connections/${id}/sync`, { full }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['connection', id, 'runs'] }),
  });
}

export function useCompareCounts(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<SyncStarted>(`/connections/${id}/verify`),
    onSuccess: () => client.invalidateQueries({ queryKey: syncQuery(id).queryKey }),
  });
}

export function usePause(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: 'pause' | 'resume') => api.post<ConnectionDetail>(`/connections/${id}/${what}`),
    onSuccess: (detail) => {
      client.setQueryData(connectionQuery(id).queryKey, detail);
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
      void client.invalidateQueries({ queryKey: syncQuery(id).queryKey });
    },
  });
}

/** The webhook page is costly to judge; a busy HaloPSA posts many times a second. */
const WEBHOOK_EVERY_MS = 2000;

/** Runs a task at once, then at most once in so long, and once more at the end if it was asked for meanwhile. */
function useThrottled(everyMs: number): (task: () => void) => void {
  const state = useRef({ at: 0, timer: undefined as number | undefined });
  return (task) => {
    const now = Date.now();
    window.clearTimeout(state.current.timer);
    const wait = Math.max(0, state.current.at + everyMs - now);
    state.current.timer = window.setTimeout(() => {
      state.current.at = Date.now();
      task();
    }, wait);
  };
}

/** Keeps everything about one connection up to date; the layout of its pages does this once for all of them. */
export function useLiveConnection(id: number): void {
  const client = useQueryClient();
  const throttled = useThrottled(WEBHOOK_EVERY_MS);
  const adopt = (summary: ConnectionSummary) => {
    client.setQueryData(connectionQuery(id).queryKey, (detail) => (detail ? { ...detail, ...summary } : detail));
  };
  useLive(`/connections/${id}/events`, {
    sync: (view) => {
      client.setQueryData(syncQuery(id).queryKey, view);
      adopt(view.connection);
    },
    webhook: () =>
      throttled(() => {
        void client.invalidateQueries({ queryKey: connectionQuery(id).queryKey, exact: true });
        void client.invalidateQueries({ queryKey: ['connection', id, 'webhook'] });
        void client.invalidateQueries({ queryKey: ['connection', id, 'newest-deliveries'] });
      }),
    runs: () => {
      // Each pass looks at the agent and at what its view leaves out.
      void client.invalidateQueries({ queryKey: connectionQuery(id).queryKey, exact: true });
      void client.invalidateQueries({ queryKey: ['connection', id, 'runs'] });
    },
  });
}
