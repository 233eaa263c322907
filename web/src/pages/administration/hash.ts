import { useLocation, useNavigate } from '@tanstack/react-router';

/** A dialogue that has an address (`#add`), so that the command palette and people can link to it. */
export function useHashDialogue(name: string): { opened: boolean; open: () => void; close: () => void } {
  const opened = useLocation({ select: (location) => location.hash === name });
  const navigate = useNavigate();
  const go = (hash: string) =>
    void navigate({ to: '.', hash, replace: true, resetScroll: false, hashScrollIntoView: false });
  return { opened, open: () => go(name), close: () => go('') };
}
