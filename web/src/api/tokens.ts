import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { Permission, TokenView } from './types';

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => api.get<TokenView[]>('/tokens', signal),
});

export interface NewToken {
  name: string;
  scopes: Permission[];
  /** Null: it does not end. */
  days: number | null;
}

export interface MadeToken {
  /** Shown this once. */
  token: string;
  view: TokenView;
}

export function useMakeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: NewToken) => api.post<MadeToken>('/tokens', token),
    onSuccess: () => void client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}

export function useEndToken(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete(`/tokens/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}
