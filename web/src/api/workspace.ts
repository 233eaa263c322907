import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { sessionQuery } from './session';
import type { Workspace } from './types';

export const workspaceQuery = queryOptions({
  queryKey: ['workspace'],
  queryFn: ({ signal }) => api.get<Workspace>('/workspace', signal),
});

export const zonesQuery = queryOptions({
  queryKey: ['zones'],
  queryFn: ({ signal }) => api.get<string[]>('/workspace/zones', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useSaveWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (workspace: Workspace) => api.put<Workspace | undefined>('/workspace', workspace),
    onSuccess: (saved, sent) => {
      client.setQueryData(workspaceQuery.queryKey, saved ?? sent);
      // Every time on the screen is shown in its zone.
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
}
