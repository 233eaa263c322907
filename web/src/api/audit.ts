import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from './client';
import type { AuditEntry } from './types';

interface AuditPart {
  entries: AuditEntry[];
  next?: number | null;
}

const PART = 100;

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) => {
    const before = pageParam === null ? '' : `&before=${pageParam}`;
    return api.get<AuditPart>(`/audit?limit=${PART}${before}`, signal);
  },
  initialPageParam: null as number | null,
  getNextPageParam: (part) => part.next ?? null,
});
