import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { DeliveryDetail, DeliveryResult, DeliveryRow } from './types';

export const PAGE_SIZE = 50;

export interface DeliveryFilter {
  event?: string;
  result?: DeliveryResult;
  record?: number;
  /** Only what arrived in so many milliseconds until now. */
  within_ms?: number;
}

export interface DeliveryPage {
  deliveries: DeliveryRow[];
  next?: number | null;
}

function fetchPage(id: number, filter: DeliveryFilter, before: number | null, signal: AbortSignal) {
  const search = new URLSearchParams({ limit: String(PAGE_SIZE) });
  const { within_ms, ...exact } = filter;
  for (const [name, value] of Object.entries(exact)) search.set(name, String(value));
  if (within_ms) search.set('since', new Date(Date.now() - within_ms).toISOString());
  if (before !== null) search.set('before', String(before));
  return api.get<DeliveryPage>(`/connections/${id}/deliveries?${search}`, signal);
}

/** What was there when the list was opened, and everything before it as far as it was asked for. */
export const deliveriesQuery = (id: number, filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['connection', id, 'deliveries', filter],
    queryFn: ({ pageParam, signal }) => fetchPage(id, filter, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? null,
  });

/** The newest page alone: what the live line renews, so that not every page is read again at each delivery. */
export const newestDeliveriesQuery = (id: number, filter: DeliveryFilter) =>
  queryOptions({
    queryKey: ['connection', id, 'newest-deliveries', filter],
    queryFn: ({ signal }) => fetchPage(id, filter, null, signal),
    staleTime: 0,
  });

export const deliveryQuery = (id: number, delivery: number) =>
  queryOptions({
    queryKey: ['connection', id, 'delivery', delivery],
    queryFn: ({ signal }) => api.get<DeliveryDetail>(`/connections/${id}/deliveries/${delivery}`, signal),
  });

/** Follows one delivery again, or (`null`) all that failed. */
export function useReplay(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (delivery: number | null) =>
      api.post<{ deliveries: number }>(
        delivery === null ? `/connections/${id}/deliveries/replay` : `/connections/${id}/deliveries/${delivery}/replay`,
      ),
    onSuccess: () => {
      for (const key of ['deliveries', 'newest-deliveries', 'delivery', 'webhook']) {
        void client.invalidateQueries({ queryKey: ['connection', id, key] });
      }
    },
  });
}
