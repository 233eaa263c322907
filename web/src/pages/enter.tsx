import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { hasCode } from '../api/client';
import { useTokenOfAddress, useUseLink } from '../api/links';
import { ErrorState } from '../ui/ErrorState';
import { LinkEnded } from '../ui/LinkEnded';
import { Plain } from '../ui/Plain';

/** Signs in by the link alone, as the demo's link does. */
export function Page() {
  const navigate = useNavigate();
  const token = useTokenOfAddress();
  const { mutate, error } = useUseLink();
  const tried = useRef<string | null>(null);
  const enter = useCallback(() => {
    if (token) mutate({ token }, { onSuccess: () => void navigate({ to: '/', replace: true }) });
  }, [token, mutate, navigate]);
  useEffect(() => {
    // The link works once: a second request (React's strict mode runs effects twice) would find it ended.
    if (tried.current === token) return;
    tried.current = token;
    enter();
  }, [enter, token]);
  if (token === null || hasCode(error, 'link_ended')) return <LinkEnded />;
  return (
    <Plain title="Signing in">
      {error ? <ErrorState error={error} onRetry={enter} /> : <p role="status">The link is being checked.</p>}
    </Plain>
  );
}
