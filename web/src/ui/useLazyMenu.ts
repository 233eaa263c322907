import { type ComponentType, type ReactElement, type Ref, useState } from 'react';

/** What every such menu gets: the button that it belongs to. */
export interface MenuProps {
  target: ReactElement<{ ref?: Ref<HTMLButtonElement> }>;
}

/**
 * A menu whose code is fetched when the pointer or the focus comes to its button. The first click opens it as soon as the
 * code is there; until then the button stands alone, with the properties `alone`.
 */
export function useLazyMenu<Props extends MenuProps>(load: () => Promise<{ default: ComponentType<Props> }>) {
  const [Menu, setMenu] = useState<ComponentType<Props> | null>(null);
  // A failure is not kept: the next time it is fetched again.
  const fetched = () => load().catch(() => null);
  const open = async () => {
    const loaded = await fetched();
    if (loaded) setMenu(() => loaded.default);
  };
  const alone = {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: () => void fetched(),
    onFocus: () => void fetched(),
    onClick: () => void open(),
  } as const;
  return { Menu, alone };
}
