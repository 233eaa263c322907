import { Anchor, Code, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { hasCode } from '../api/client';
import { linkQuery, useTokenOfAddress } from '../api/links';
import { sessionQuery } from '../api/session';
import { ErrorState } from '../ui/ErrorState';
import { LoadingLines } from '../ui/Loading';
import { Notice } from '../ui/Notice';
import { Plain } from '../ui/Plain';
import { WaitForSession } from '../ui/SessionGate';
import { FirstUserForm } from './first-run-form';

function WhereTheLinkIs({ ended }: { ended: boolean }) {
  return (
    <Plain
      title="Set up Haloscope"
      about="Nobody can sign in yet. The first administrator is made with a one-time link."
    >
      <Stack gap="md">
        {ended && (
          <Notice kind="warn" title="This link has ended">
            It was used already, or its time is over.
          </Notice>
        )}
        <p>
          Open the link that <Code>haloscope serve</Code> printed to its log when it started. It begins with the address
          of this page.
        </p>
        <p>
          If you cannot find it, run <Code>haloscope user link</Code> on the server: it prints a new one.
        </p>
      </Stack>
    </Plain>
  );
}

function SetUpAlready() {
  return (
    <Plain title="Haloscope is set up already" about="There is an administrator, so this page has nothing left to do.">
      <Anchor component={Link} to="/">
        Go to Haloscope
      </Anchor>
    </Plain>
  );
}

export function Page() {
  const navigate = useNavigate();
  const token = useTokenOfAddress();
  const session = useQuery(sessionQuery).data;
  const link = useQuery(linkQuery(token));
  if (!session) return <WaitForSession />;
  if (session.state !== 'first_run') return <SetUpAlready />;
  if (token === null || hasCode(link.error, 'link_ended')) return <WhereTheLinkIs ended={token !== null} />;
  return (
    <Plain title="Set up Haloscope" about="You become the first administrator. Others can be added later.">
      {link.isPending && <LoadingLines lines={4} height={36} />}
      {link.isError && <ErrorState error={link.error} onRetry={() => void link.refetch()} />}
      {link.data && <FirstUserForm token={token} onDone={() => void navigate({ to: '/', replace: true })} />}
    </Plain>
  );
}
