import '@mantine/spotlight/styles.layer.css';
import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight';
import {
  IconKey,
  IconLogout,
  IconMoon,
  IconPlug,
  IconRefresh,
  IconSearch,
  IconSettings,
  IconSun,
  IconUser,
  IconUserPlus,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type LinkProps, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api } from '../api/client';
import { useConnections } from '../api/connections';
import { useSession, useSignOut } from '../api/session';
import classes from './Commands.module.css';
import { KEYWORDS } from './keywords';
import { ADMINISTRATION, placesFor } from './places';

const icon = { size: 18, stroke: 1.6 };

function usePages(): SpotlightActionData[] {
  const navigate = useNavigate();
  const { permissions } = useSession();
  const connections = useConnections().data ?? [];
  const go = (label: string, picture: SpotlightActionData['leftSection'], link: LinkProps, title = label) => ({
    id: `page ${label}`,
    label,
    keywords: KEYWORDS[title] ?? [],
    leftSection: picture,
    onClick: () => void navigate(link as Parameters<typeof navigate>[0]),
  });
  return [
    ...placesFor(permissions)
      .filter((place) => place.prefix !== '/administration')
      .map((place) => go(place.title, <place.icon {...icon} />, { to: place.to })),
    ...connections.flatMap(({ id, name }) =>
      (['overview', 'connection', 'sync', 'webhook', 'data', 'activity'] as const).map((tab) => {
        const title = `${tab.charAt(0).toUpperCase()}${tab.slice(1)}`;
        const link = { to: `/integrations/halopsa/$connection/${tab}`, params: { connection: id } } as const;
        return go(`${name}: ${title}`, <IconPlug {...icon} />, link, title);
      }),
    ),
    ...ADMINISTRATION.filter((tab) => permissions.includes(tab.permission)).map((tab) =>
      go(`Administration: ${tab.title}`, <IconSettings {...icon} />, { to: tab.to }, tab.title),
    ),
    go('Your account', <IconUser {...icon} />, { to: '/account' }),
    go('API', <IconSettings {...icon} />, { to: '/api/docs' }),
  ];
}

function useActions(): SpotlightActionData[] {
  const { permissions } = useSession();
  const connections = useConnections().data ?? [];
  const { setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const go = (label: string, picture: SpotlightActionData['leftSection'], link: LinkProps) => ({
    id: `do ${label}`,
    label,
    leftSection: picture,
    onClick: () => void navigate(link as Parameters<typeof navigate>[0]),
  });
  const sync = useMutation({
    mutationFn: (id: number) => api.post(`/connections/${id}/sync`, { full: false }),
    onSuccess: (_answer, id) => navigate({ to: '/integrations/halopsa/$connection/sync', params: { connection: id } }),
  });
  const actions: SpotlightActionData[] = [
    go('Change your password', <IconUser {...icon} />, { to: '/account' }),
    { id: 'sign out', label: 'Sign out', leftSection: <IconLogout {...icon} />, onClick: () => signOut.mutate() },
    { id: 'light', label: 'Light colours', leftSection: <IconSun {...icon} />, onClick: () => setColorScheme('light') },
    { id: 'dark', label: 'Dark colours', leftSection: <IconMoon {...icon} />, onClick: () => setColorScheme('dark') },
  ];
  if (permissions.includes('manage_tokens')) {
    actions.unshift(go('Make API token', <IconKey {...icon} />, { to: '/administration/tokens', hash: 'make' }));
  }
  if (permissions.includes('manage_users')) {
    actions.unshift(go('Add user', <IconUserPlus {...icon} />, { to: '/administration/users', hash: 'add' }));
  }
  if (permissions.includes('sync')) {
    for (const { id, name } of connections) {
      const label = `Sync ${name} now`;
      actions.unshift({ id: label, label, leftSection: <IconRefresh {...icon} />, onClick: () => sync.mutate(id) });
    }
  }
  if (permissions.includes('manage_connections')) {
    actions.unshift({
      id: 'connect',
      label: 'Connect HaloPSA',
      leftSection: <IconPlug {...icon} />,
      onClick: () => void navigate({ to: '/integrations/halopsa/new' }),
    });
  }
  return actions;
}

/** The command palette. Its code is fetched when it is opened for the first time, so it opens itself. */
export default function Commands() {
  const pages = usePages();
  const actions = useActions();
  useEffect(() => {
    spotlight.open();
  }, []);
  return (
    <Spotlight
      actions={[
        { group: 'Pages', actions: pages },
        { group: 'Actions', actions },
      ]}
      shortcut={null}
      // A dialog needs a name, and this one shows no title.
      attributes={{ content: { 'aria-label': 'Find a page or an action' } }}
      limit={40}
      centered={false}
      yOffset="12vh"
      maxHeight="min(60vh, 440px)"
      classNames={{ content: classes.content, action: classes.action, actionLabel: classes.label }}
      overlayProps={{ blur: 0, backgroundOpacity: 0.45 }}
      scrollable
      highlightQuery
      transitionProps={{ duration: 100 }}
      nothingFound="No page or action is found by this word."
      searchProps={{
        leftSection: <IconSearch {...icon} />,
        placeholder: 'Find a page or an action',
        'aria-label': 'Find a page or an action',
      }}
    />
  );
}
