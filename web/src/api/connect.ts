import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { connectionQuery, connectionsQuery } from './connections';
import type { ConnectionForm, PermissionNeeded, Saved, TestResult, TestStep } from './types';

export const permissionsNeededQuery = queryOptions({
  queryKey: ['permissions-needed'],
  queryFn: ({ signal }) => api.get<PermissionNeeded[]>('/permissions-needed', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Tries the values and keeps nothing. With `connection` its kept secret is used where none is given. */
export function useTestConnection(connection: number | null) {
  return useMutation({
    mutationFn: (form: ConnectionForm) =>
      api.post<TestResult>('/connections/test', connection === null ? { form } : { form, connection }),
  });
}

const warningsKey = (id: number) => ['saved-warnings', id];

export function useSaveConnection(connection: number | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: ConnectionForm) =>
      connection === null
        ? api.post<Saved>('/connections', { form })
        : api.put<Saved>(`/connections/${connection}`, { form }),
    onSuccess: (saved) => {
      const { id } = saved.connection;
      client.setQueryData(connectionQuery(id).queryKey, saved.connection);
      client.setQueryData(warningsKey(id), saved.warnings);
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
      for (const part of ['sync', 'webhook', 'runs']) {
        void client.invalidateQueries({ queryKey: ['connection', id, part] });
      }
    },
  });
}

/** What the last saving warned of in this browser, until the page is loaded again. */
export function useSavedWarnings(id: number): TestStep[] {
  const { data } = useQuery<TestStep[]>({
    queryKey: warningsKey(id),
    queryFn: () => [],
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? [];
}
