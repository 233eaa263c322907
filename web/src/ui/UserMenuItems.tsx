import { Menu } from '@mantine/core';
import { IconApi, IconKeyboard, IconLogout, IconUser } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useSignOut } from '../api/session';
import type { SessionView } from '../api/types';
import { HeaderMenu } from './HeaderMenu';
import type { MenuProps } from './useLazyMenu';

const ROLES = { administrator: 'Administrator', builder: 'Builder', viewer: 'Viewer' };

interface Props extends MenuProps {
  user: NonNullable<SessionView['user']>;
  onKeys: () => void;
}

export default function UserMenuItems({ target, user, onKeys }: Props) {
  const signOut = useSignOut();
  return (
    <HeaderMenu target={target} width={220}>
      <Menu.Label>
        {user.display_name}
        <br />
        {user.name}, {ROLES[user.role]}
      </Menu.Label>
      <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} stroke={1.6} />}>
        Your account
      </Menu.Item>
      <Menu.Item component={Link} to="/api/docs" leftSection={<IconApi size={16} stroke={1.6} />}>
        API
      </Menu.Item>
      <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.6} />} onClick={onKeys}>
        Keys
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        leftSection={<IconLogout size={16} stroke={1.6} />}
        onClick={() => signOut.mutate()}
        closeMenuOnClick={false}
      >
        {signOut.isError ? 'Not signed out. Try again' : 'Sign out'}
      </Menu.Item>
    </HeaderMenu>
  );
}
