import { CloseButton } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { useEffect, useSyncExternalStore } from 'react';
import classes from './toast.module.css';

const SHOWN_MS = 8000;

let text: string | null = null;
const listeners = new Set<() => void>();

/** Says shortly that something was done, also when it led to another page. */
export function toast(words: string | null): void {
  text = words;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear. It is always there, because only a change of a present region is read aloud. */
export function ToastPlace() {
  const words = useSyncExternalStore(subscribe, () => text);
  useEffect(() => {
    if (words === null) return;
    const timer = window.setTimeout(() => toast(null), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [words]);
  return (
    <div role="status" className={classes.place}>
      {words !== null && (
        <div className={classes.toast}>
          <IconCircleCheckFilled size={17} aria-hidden="true" className={classes.icon} />
          <span>{words}</span>
          <CloseButton size="sm" aria-label="Close the message" onClick={() => toast(null)} />
        </div>
      )}
    </div>
  );
}
