import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './ErrorState';
import { LoadingLines } from './Loading';

interface Props<Data> {
  query: UseQueryResult<Data>;
  loading?: ReactNode;
  children: (data: Data) => ReactNode;
}

/**
 * The three states of a query: grey lines, the error with Retry, the data. Data that is there stays on the screen when a
 * later request fails (the banner of the shell says so when the server is gone).
 */
export function Loaded<Data>({ query, loading, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return loading ?? <LoadingLines />;
}
