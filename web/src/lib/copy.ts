import { useRef, useState } from 'react';

/** Puts a text on the clipboard. `navigator.clipboard` exists on https and localhost only, and many installations are plain http. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  // Inside an open dialogue the focus trap would take the focus back from an element of the body.
  (document.querySelector('[role="dialog"]') ?? document.body).append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand('copy');
  } catch {
    done = false;
  }
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

export type CopyState = 'idle' | 'copied' | 'failed';

/** Copies, and says for two seconds how that went. */
export function useCopy(): { state: CopyState; copy: (text: string) => Promise<boolean> } {
  const [state, setState] = useState<CopyState>('idle');
  const timer = useRef<number>(undefined);
  const copy = async (text: string) => {
    const done = await copyText(text);
    window.clearTimeout(timer.current);
    setState(done ? 'copied' : 'failed');
    timer.current = window.setTimeout(() => setState('idle'), 2000);
    return done;
  };
  return { state, copy };
}
