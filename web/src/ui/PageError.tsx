import { ErrorState } from './ErrorState';
import { PageHeader } from './PageHeader';

/** In place of a page that failed while it was drawn or whose code could not be fetched. */
export function PageError({ error }: { error: unknown }) {
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <ErrorState error={error} onRetry={() => window.location.reload()} />
    </>
  );
}
