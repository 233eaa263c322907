import { Outlet, useLocation } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useSession } from '../../api/session';
import { EmptyState } from '../../ui/EmptyState';
import { PageHeader } from '../../ui/PageHeader';
import { ADMINISTRATION } from '../../ui/places';
import { Tabs } from '../../ui/Tabs';

// Its type is written down: the router's own would follow from this page, and this page from the router's.
export function Page(): ReactElement {
  const { permissions } = useSession();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const tabs = ADMINISTRATION.filter(({ permission }) => permissions.includes(permission));
  const closed = ADMINISTRATION.find(({ to, permission }) => to === path && !permissions.includes(permission));
  return (
    <>
      <PageHeader title="Administration" />
      {tabs.length > 0 && <Tabs label="Administration" tabs={tabs.map(({ title, to }) => ({ title, href: to }))} />}
      {closed ? (
        <EmptyState title={`Your role may not see ‘${closed.title}’.`}>Ask an administrator.</EmptyState>
      ) : (
        <Outlet />
      )}
    </>
  );
}
