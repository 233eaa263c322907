import { useSyncExternalStore } from 'react';

/** The `date` header has whole seconds and travels for a while: less than this is no difference between the clocks. */
const TOLERATED_MS = 3000;
let aheadMs = 0;

/** Learns from an answer's `date` header how far this computer's clock is from the server's. */
export function noteServerTime(header: string | null): void {
  const server = header ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  aheadMs = Math.abs(difference) > TOLERATED_MS ? difference : 0;
}

/** The server's present. Ages are measured with it, so a wrong clock on a wall display does not make data look stale. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

function subscribe(listener: () => void): () => void {
  const timer = window.setInterval(listener, 1000);
  return () => window.clearInterval(timer);
}

/** The present in whole steps: a component is drawn again only when a step has passed. */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(serverNow() / stepMs) * stepMs);
}
