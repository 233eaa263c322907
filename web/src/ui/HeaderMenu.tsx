import { Menu } from '@mantine/core';
import { cloneElement, type ReactNode, useEffect, useRef, useState } from 'react';
import type { MenuProps } from './useLazyMenu';

interface Props extends MenuProps {
  width?: number;
  children: ReactNode;
}

/** A menu that was asked for by a click on the button it now takes over (see `useLazyMenu`): it opens at once. */
export function HeaderMenu({ target, width, children }: Props) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button was drawn anew; the focus goes on where it was, and comes back to it when the menu closes.
    button.current?.focus({ preventScroll: true });
    setOpened(true);
  }, []);
  return (
    <Menu position="bottom-end" offset={12} {...(width ? { width } : {})} opened={opened} onChange={setOpened}>
      <Menu.Target>{cloneElement(target, { ref: button })}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
