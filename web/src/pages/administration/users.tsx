import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../../api/session';
import type { UserView } from '../../api/types';
import { usersQuery } from '../../api/users';
import type { Kind } from '../../lib/health';
import { ROLES } from '../../lib/roles';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { type Column, RecordTable } from '../../ui/RecordTable';
import { StatusLabel } from '../../ui/StatusLabel';
import { Time } from '../../ui/Time';
import { useHashDialogue } from './hash';
import { TabBar } from './TabBar';
import classes from './tab.module.css';
import { type UserAction, UserActions, UserDialogue } from './UserActions';
import { UserAdd } from './UserAdd';

const STATES: Record<UserView['state'], { kind: Kind; text: string }> = {
  active: { kind: 'good', text: 'Active' },
  invited: { kind: 'info', text: 'No password yet' },
  disabled: { kind: 'unknown', text: 'Disabled' },
};

type Ask = (action: UserAction, user: UserView) => void;

function columns(ownId: number | undefined, ask: Ask): Column<UserView>[] {
  return [
    {
      title: 'Name',
      kind: 'head',
      cell: ({ id, display_name }) => (
        <span className={classes.name}>
          {display_name}
          {id === ownId && <span className={classes.mark}>you</span>}
        </span>
      ),
    },
    { title: 'Signs in with', cell: ({ name }) => name },
    { title: 'Role', cell: ({ role }) => ROLES[role].title },
    {
      title: 'State',
      cell: ({ state }) => <StatusLabel kind={STATES[state].kind}>{STATES[state].text}</StatusLabel>,
    },
    {
      title: 'Last sign-in',
      cell: ({ signed_in_at }) =>
        signed_in_at ? <Time at={signed_in_at} /> : <span className={classes.dim}>Never</span>,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (user) => <UserActions user={user} isOwn={user.id === ownId} onAsk={(action) => ask(action, user)} />,
    },
  ];
}

export function Page() {
  const users = useQuery(usersQuery);
  const { user: own } = useSession();
  const add = useHashDialogue('add');
  const [asked, setAsked] = useState<{ action: UserAction; user: UserView } | null>(null);
  return (
    <>
      <TabBar about="People who may sign in. Each sets a password through a one-time link that you pass on.">
        <Button leftSection={<IconPlus size={16} />} onClick={add.open}>
          Add user
        </Button>
      </TabBar>
      <Loaded query={users} loading={<LoadingCard height={180} />}>
        {(list) => (
          <RecordTable
            label="Users"
            rows={list}
            columns={columns(own?.id, (action, user) => setAsked({ action, user }))}
            keyOf={({ id }) => id}
            isDim={({ state }) => state === 'disabled'}
          />
        )}
      </Loaded>
      {add.opened && <UserAdd onClose={add.close} />}
      {asked && <UserDialogue {...asked} onClose={() => setAsked(null)} />}
    </>
  );
}
