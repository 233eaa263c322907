import { ActionIcon, Menu } from '@mantine/core';
import {
  IconBan,
  IconDotsVertical,
  IconKey,
  IconPencil,
  IconShield,
  IconTrash,
  IconUserCheck,
} from '@tabler/icons-react';
import type { UserView } from '../../api/types';
import { useChangeUser, useRemoveUser } from '../../api/users';
import { Confirm } from '../../ui/Confirm';
import { UserLinkDialogue } from './UserLink';
import { UserRename } from './UserRename';
import { UserRole } from './UserRole';

export type UserAction = 'rename' | 'role' | 'link' | 'disable' | 'enable' | 'remove';

const icon = { size: 16, stroke: 1.6 };

interface MenuProps {
  user: UserView;
  isOwn: boolean;
  onAsk: (action: UserAction) => void;
}

/** What can be done with one user. Nobody can lock themselves out: disabling and removing is for another administrator. */
export function UserActions({ user, isOwn, onAsk }: MenuProps) {
  const isDisabled = user.state === 'disabled';
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon variant="subtle" size={30} aria-label={`Actions for ${user.display_name}`}>
          <IconDotsVertical size={17} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil {...icon} />} onClick={() => onAsk('rename')}>
          Change name
        </Menu.Item>
        <Menu.Item leftSection={<IconShield {...icon} />} onClick={() => onAsk('role')}>
          Change role
        </Menu.Item>
        {!isDisabled && (
          <Menu.Item leftSection={<IconKey {...icon} />} onClick={() => onAsk('link')}>
            New password link
          </Menu.Item>
        )}
        <Menu.Divider />
        {isOwn && <Menu.Label>Another administrator can disable or remove you.</Menu.Label>}
        {!isOwn && isDisabled && (
          <Menu.Item leftSection={<IconUserCheck {...icon} />} onClick={() => onAsk('enable')}>
            Enable
          </Menu.Item>
        )}
        {!isOwn && !isDisabled && (
          <Menu.Item leftSection={<IconBan {...icon} />} onClick={() => onAsk('disable')}>
            Disable
          </Menu.Item>
        )}
        {!isOwn && (
          <Menu.Item c="var(--hs-bad)" leftSection={<IconTrash {...icon} />} onClick={() => onAsk('remove')}>
            Remove
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

interface Props {
  user: UserView;
  onClose: () => void;
}

function Disable({ user, onClose }: Props) {
  const change = useChangeUser(user.id);
  return (
    <Confirm
      title={`Disable ${user.display_name}?`}
      verb="Disable"
      pending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ disabled: true }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{user.display_name} is signed out everywhere at once and cannot sign in until you enable the account again.</p>
    </Confirm>
  );
}

function Enable({ user, onClose }: Props) {
  const change = useChangeUser(user.id);
  return (
    <Confirm
      title={`Enable ${user.display_name}?`}
      verb="Enable"
      harmless
      pending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ disabled: false }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{user.display_name} can sign in again with the password from before, and has the same role as before.</p>
    </Confirm>
  );
}

function Remove({ user, onClose }: Props) {
  const remove = useRemoveUser(user.id);
  return (
    <Confirm
      title={`Remove ${user.display_name}?`}
      verb="Remove"
      keep="Keep"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        {user.display_name} ({user.name}) is signed out everywhere and deleted. This cannot be taken back. What they did
        stays in the audit log, and API tokens they made go on working.
      </p>
    </Confirm>
  );
}

export function UserDialogue({ action, ...props }: Props & { action: UserAction }) {
  switch (action) {
    case 'rename':
      return <UserRename {...props} />;
    case 'role':
      return <UserRole {...props} />;
    case 'link':
      return <UserLinkDialogue {...props} />;
    case 'disable':
      return <Disable {...props} />;
    case 'enable':
      return <Enable {...props} />;
    case 'remove':
      return <Remove {...props} />;
  }
}
