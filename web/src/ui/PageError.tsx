import { useEffect, useState } from 'react';
import { UnreachableError } from '../api/client';
import { useLine } from '../api/line';
import { isMissingPart, reloadIfUpdated } from '../lib/stale';
import { ErrorState } from './ErrorState';
import { LoadingPage } from './Loading';
import { PageHeader } from './PageHeader';

/** In place of a page that failed while it was drawn or whose code could not be fetched. */
export function PageError({ error }: { error: unknown }) {
  const missing = isMissingPart(error);
  const [waiting, setWaiting] = useState(missing);
  const { state } = useLine();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is tried again when the server is back
  useEffect(() => {
    if (missing) void reloadIfUpdated().then(setWaiting);
  }, [missing, state]);
  if (waiting) return <LoadingPage />;
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <ErrorState
        error={missing ? new UnreachableError(error) : error}
        onRetry={() => (missing ? void reloadIfUpdated(0) : window.location.reload())}
      />
    </>
  );
}
