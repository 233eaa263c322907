import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from '@tanstack/react-router';
import { connectionQuery, RENEW } from '../../api/connections';
import { useLiveConnection } from '../../api/sync';
import { Loaded } from '../../ui/Loaded';
import { LoadingPage } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { Tabs } from '../../ui/Tabs';
import { Failure, Labels, StepBar } from './header';
import { ToastPlace } from './toast';

const TABS = ['Overview', 'Connection', 'Sync', 'Webhook', 'Data', 'Activity'];

/** The id in the address of every page of a connection. */
export function useConnectionId(): number {
  return useParams({ from: '/app/integrations/halopsa/$connection' }).connection;
}

export function Page() {
  const id = useConnectionId();
  const connection = useQuery({ ...connectionQuery(id), ...RENEW });
  useLiveConnection(id);
  return (
    <>
      <Loaded query={connection} loading={<LoadingPage />}>
        {(detail) => (
          <>
            <PageHeader title={detail.name} about={<Labels detail={detail} />} />
            <Failure detail={detail} />
            <StepBar detail={detail} />
            <Tabs
              label={detail.name}
              tabs={TABS.map((title) => ({ title, href: `/integrations/halopsa/${id}/${title.toLowerCase()}` }))}
            />
            <Outlet />
          </>
        )}
      </Loaded>
      <ToastPlace />
    </>
  );
}
