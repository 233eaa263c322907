import { useQuery } from '@tanstack/react-query';
import { Navigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { hasCode, UnreachableError } from '../api/client';
import { sessionQuery } from '../api/session';
import { ErrorState } from './ErrorState';
import { Plain } from './Plain';

/** While no session is known: why, if it takes longer than a moment. */
export function WaitForSession() {
  const { error, failureReason, refetch } = useQuery(sessionQuery);
  const reason = error ?? failureReason;
  if (hasCode(reason, 'starting')) {
    return (
      <Plain title="The server is starting">
        <p role="status">This page goes on by itself as soon as the server answers, usually within a few seconds.</p>
      </Plain>
    );
  }
  if (reason instanceof UnreachableError) {
    return (
      <Plain title="Cannot reach the server">
        <p role="status">
          Haloscope does not answer at this address. It is tried again every second. Check that it runs and that this
          computer reaches it.
        </p>
      </Plain>
    );
  }
  if (reason) {
    return (
      <Plain title="The session could not be read">
        <ErrorState error={reason} onRetry={() => void refetch()} />
      </Plain>
    );
  }
  return null;
}

/** Leads to the sign-in page once. The address changes while that page loads, so where to come back to is read at the start. */
function GoToSignIn({ ended }: { ended: boolean }) {
  const router = useRouter();
  useEffect(() => {
    const next = router.history.location.href;
    if (next.startsWith('/sign-in')) return;
    const search = { ...(next === '/' ? {} : { next }), ...(ended ? { ended } : {}) };
    void router.navigate({ to: '/sign-in', search, replace: true });
  }, [router, ended]);
  return null;
}

/** Shows its children to somebody who is signed in, and leads everybody else to the page where that can be changed. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session } = useQuery(sessionQuery);
  const wasSignedIn = useRef(false);
  useEffect(() => {
    if (session?.state === 'signed_in') wasSignedIn.current = true;
  }, [session?.state]);
  if (!session) return <WaitForSession />;
  if (session.state === 'first_run') return <Navigate to="/first-run" replace />;
  if (session.state === 'signed_out') return <GoToSignIn ended={wasSignedIn.current} />;
  return children;
}
