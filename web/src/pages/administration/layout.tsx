import { Outlet } from '@tanstack/react-router';
import { useSession } from '../../api/session';
import { PageHeader } from '../../ui/PageHeader';
import { ADMINISTRATION } from '../../ui/places';
import { Tabs } from '../../ui/Tabs';

export function Page() {
  const { permissions } = useSession();
  const tabs = ADMINISTRATION.filter(({ permission }) => permissions.includes(permission));
  return (
    <>
      <PageHeader title="Administration" />
      <Tabs label="Administration" tabs={tabs.map(({ title, to }) => ({ title, href: to }))} />
      <Outlet />
    </>
  );
}
