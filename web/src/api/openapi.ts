import { queryOptions } from '@tanstack/react-query';
import type { OpenApi } from '../lib/openapi';
import { api, BASE } from './client';

export const OPENAPI_URL = `${BASE}/openapi.json`;

export const openApiQuery = queryOptions({
  queryKey: ['openapi'],
  queryFn: ({ signal }) => api.get<OpenApi>('/openapi.json', signal),
  staleTime: Number.POSITIVE_INFINITY,
});
