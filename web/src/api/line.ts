import { useSyncExternalStore } from 'react';

/** Whether the server answers. `since` is when that began, so a page can say how old what it shows is. */
export interface Line {
  state: 'up' | 'starting' | 'down';
  since: Date;
}

let line: Line = { state: 'up', since: new Date() };
const listeners = new Set<() => void>();

export function setLine(state: Line['state']): void {
  if (line.state === state) return;
  // From "down" to "starting" what is shown does not become newer.
  const since = line.state === 'up' || state === 'up' ? new Date() : line.since;
  line = { state, since };
  for (const listener of listeners) listener();
}

export function currentLine(): Line {
  return line;
}

export function onLine(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLine(): Line {
  return useSyncExternalStore(onLine, currentLine);
}
