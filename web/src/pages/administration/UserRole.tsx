import { Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import { useSession } from '../../api/session';
import type { Role, UserView } from '../../api/types';
import { useChangeUser } from '../../api/users';
import { lostPermissions, PERMISSIONS, ROLES } from '../../lib/roles';
import { ActionButton } from '../../ui/ActionButton';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { RoleChoice } from './RoleChoice';
import classes from './tab.module.css';

/** Says which rights the new role takes away before it is given. */
export function UserRole({ user, onClose }: { user: UserView; onClose: () => void }) {
  const { user: own } = useSession();
  const change = useChangeUser(user.id);
  const [role, setRole] = useState<Role>(user.role);
  const lost = lostPermissions(user.role, role);
  const who = own?.id === user.id ? 'You' : user.display_name;
  return (
    <Modal opened onClose={onClose} title={`Role of ${user.display_name}`}>
      <Stack gap="md">
        {change.isError && <ErrorState error={change.error} />}
        <RoleChoice value={role} onChange={setRole} />
        {lost.length > 0 && (
          <Notice kind="warn" title={`${who} can then no longer:`}>
            <ul className={classes.lost}>
              {lost.map((permission) => (
                <li key={permission}>{PERMISSIONS[permission].title.toLowerCase().replace('api', 'API')}</li>
              ))}
            </ul>
          </Notice>
        )}
        <Group justify="flex-end">
          <ActionButton variant="default" onClick={onClose}>
            Cancel
          </ActionButton>
          <ActionButton
            color={lost.length > 0 ? 'bad' : 'accent'}
            blocked={role === user.role ? `The role is ${ROLES[role].title} already.` : null}
            loading={change.isPending}
            onClick={() => change.mutate({ role }, { onSuccess: onClose })}
          >
            {lost.length > 0 ? 'Take these rights away' : 'Change role'}
          </ActionButton>
        </Group>
      </Stack>
    </Modal>
  );
}
