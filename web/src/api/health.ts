import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import type { HealthView } from './types';

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => api.get<HealthView>('/health', signal),
  refetchInterval: 10_000,
});
