import { ActionIcon } from '@mantine/core';
import { IconUser } from '@tabler/icons-react';
import { useSession } from '../api/session';
import { useLazyMenu } from './useLazyMenu';

const items = () => import('./UserMenuItems');

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0] ?? '');
  return letters.join('').toUpperCase();
}

export function UserMenu({ onKeys }: { onKeys: () => void }) {
  const { user } = useSession();
  const { Menu, alone } = useLazyMenu(items);
  if (!user) return null;
  const target = (
    <ActionIcon
      variant="light"
      size={32}
      radius={16}
      aria-label={`${initials(user.display_name)}, account of ${user.display_name}`}
      fz={12}
      fw={600}
      {...(Menu ? {} : alone)}
    >
      {initials(user.display_name) || <IconUser size={16} />}
    </ActionIcon>
  );
  return Menu ? <Menu target={target} user={user} onKeys={onKeys} /> : target;
}
