import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { connectionQuery } from './connections';
import type { KnockResult, ProtectionWish, WebhookMade, WebhookView } from './types';

export const webhookQuery = (id: number) =>
  queryOptions({
    queryKey: ['connection', id, 'webhook'],
    queryFn: ({ signal }) => api.get<WebhookView>(`/connections/${id}/webhook`, signal),
  });

function useAdopt(id: number): (view: WebhookView) => void {
  const client = useQueryClient();
  return (view) => {
    client.setQueryData(webhookQuery(id).queryKey, view);
    void client.invalidateQueries({ queryKey: connectionQuery(id).queryKey, exact: true });
  };
}

export function useRotate(id: number) {
  return useMutation({
    mutationFn: () => api.post<WebhookView>(`/connections/${id}/webhook/rotate`),
    onSuccess: useAdopt(id),
  });
}

export function useProtect(id: number) {
  return useMutation({
    mutationFn: (wish: ProtectionWish) => api.put<WebhookView>(`/connections/${id}/webhook/protection`, wish),
    onSuccess: useAdopt(id),
  });
}

export function useCreateWebhook(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<WebhookMade>(`/connections/${id}/webhook/create`),
    // Also where it ended half way: the protection may have changed.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: connectionQuery(id).queryKey, exact: true });
      return client.invalidateQueries({ queryKey: webhookQuery(id).queryKey });
    },
  });
}

export function useSendTest(id: number) {
  return useMutation({ mutationFn: () => api.post<KnockResult>(`/connections/${id}/webhook/test`) });
}
