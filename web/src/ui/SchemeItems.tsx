import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { HeaderMenu } from './HeaderMenu';
import { SCHEMES } from './SchemeSwitch';
import type { MenuProps } from './useLazyMenu';

export default function SchemeItems({ target }: MenuProps) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <HeaderMenu target={target}>
      <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
        <Menu.Label>Colours</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.RadioItem
            key={scheme.value}
            value={scheme.value}
            rightSection={<scheme.icon size={16} stroke={1.6} />}
            closeMenuOnClick
          >
            {scheme.title}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </HeaderMenu>
  );
}
