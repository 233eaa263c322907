import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useLazyMenu } from './useLazyMenu';

export const SCHEMES = [
  { value: 'auto', title: 'As the system', icon: IconDeviceDesktop },
  { value: 'light', title: 'Light', icon: IconSun },
  { value: 'dark', title: 'Dark', icon: IconMoon },
] as const;

const items = () => import('./SchemeItems');

export function SchemeSwitch() {
  const { colorScheme } = useMantineColorScheme();
  const { Menu, alone } = useLazyMenu(items);
  const now = SCHEMES.find(({ value }) => value === colorScheme) ?? SCHEMES[0];
  const target = (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={34}
      aria-label={`Colours: ${now.title}`}
      c="var(--hs-dim)"
      {...(Menu ? {} : alone)}
    >
      <now.icon size={18} stroke={1.6} />
    </ActionIcon>
  );
  return Menu ? <Menu target={target} /> : target;
}
