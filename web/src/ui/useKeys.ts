import { useEffect, useRef } from 'react';

/** How long a second letter may take after `g`. */
const SEQUENCE_MS = 1200;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.role === 'combobox';
}

/** Puts the cursor into the page's search box, if the page has one (marked with `data-search`). */
export function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>('input[data-search]');
  box?.focus();
  box?.select();
  return box !== null;
}

/** Single keys and two-key sequences ("g i"). They rest while somebody types or a dialogue is open. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      const follows = first.key !== '' && event.timeStamp - first.at < SEQUENCE_MS;
      const action = (follows ? latest.current[`${first.key} ${event.key}`] : undefined) ?? latest.current[event.key];
      first = { key: action ? '' : event.key, at: event.timeStamp };
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
