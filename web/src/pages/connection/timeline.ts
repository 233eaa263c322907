import type { DeliveryRow, RunView } from '../../api/types';

export type Entry = { key: string; at: string } & (
  | { run: RunView; delivery?: undefined }
  | { run?: undefined; delivery: DeliveryRow }
);

/** Runs and deliveries by time, the newest first. */
export function timeline(runs: RunView[], deliveries: DeliveryRow[], most: number): Entry[] {
  const entries: Entry[] = [
    ...runs.map((run) => ({ key: `run ${run.id}`, at: run.started_at, run })),
    ...deliveries.map((delivery) => ({ key: `delivery ${delivery.number}`, at: delivery.arrived_at, delivery })),
  ];
  entries.sort((first, second) => Date.parse(second.at) - Date.parse(first.at));
  return entries.slice(0, most);
}
