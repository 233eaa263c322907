import type { DeliveryRow } from '../../../api/types';

export interface ShownRows {
  rows: DeliveryRow[];
  /** Deliveries that came while the list was held, and are not in it. */
  waiting: number;
  /** Between the newest and the loaded ones some may be missing: everything is to be read again. */
  gap: boolean;
}

/**
 * The loaded deliveries with the newest ones before them, each once and as it stands now. While a reader has scrolled down
 * (`heldAt` is the number that was on top then) nothing is put before what they read.
 */
export function shownRows(loaded: DeliveryRow[], newest: DeliveryRow[], heldAt: number | null): ShownRows {
  const top = loaded[0]?.number ?? 0;
  const now = new Map(newest.map((row) => [row.number, row]));
  const fresh = newest.filter(({ number }) => number > top);
  const limit = heldAt ?? Number.POSITIVE_INFINITY;
  const rows = [...fresh.filter(({ number }) => number <= limit), ...loaded.map((row) => now.get(row.number) ?? row)];
  return {
    rows,
    waiting: fresh.filter(({ number }) => number > limit).length,
    gap: loaded.length > 0 && fresh.length > 0 && fresh.length === newest.length,
  };
}
