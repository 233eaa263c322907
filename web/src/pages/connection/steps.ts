import type { ConnectionDetail, EventRow } from '../../api/types';
import { percent } from '../../lib/format';

export const EVENTS = 11;

export interface Step {
  title: string;
  state: 'done' | 'now' | 'later';
  /** What stands behind the title. */
  says: string;
  tab: 'connection' | 'sync' | 'webhook';
}

/** Events that seldom happen (something is deleted) may stay away for weeks: they do not keep the set-up unfinished. */
function webhookIsDone(arrived: number, events: EventRow[] | undefined): boolean {
  if (arrived >= EVENTS) return true;
  return arrived > 0 && events !== undefined && events.every((event) => event.rare || event.total > 0);
}

/** The three steps of setting up. */
export function stepsOf(
  detail: Pick<ConnectionDetail, 'as_of' | 'first_sync' | 'webhook'>,
  events: EventRow[] | undefined,
): Step[] {
  const arrived = detail.webhook.events_arrived;
  const synced = Boolean(detail.as_of) && !detail.first_sync;
  const hooked = webhookIsDone(arrived, events);
  return [
    { title: 'Connection', state: 'done', says: '✓', tab: 'connection' },
    {
      title: 'First sync',
      state: synced ? 'done' : 'now',
      says: synced ? '✓' : percent(detail.first_sync?.fraction ?? 0),
      tab: 'sync',
    },
    {
      title: 'Webhook',
      state: hooked ? 'done' : synced || arrived > 0 ? 'now' : 'later',
      says: hooked ? '✓' : `${arrived} of ${EVENTS}`,
      tab: 'webhook',
    },
  ];
}

/** Whether something of the set-up is left to do. */
export function isUnfinished(steps: Step[]): boolean {
  return steps.some(({ state }) => state !== 'done');
}

/** Whether a failure is about the client and its secret, so that the form is to open there. */
export function isAboutSecret(error: string | null | undefined): boolean {
  return /\b(client secret|secret|client id|credentials)\b/i.test(error ?? '');
}
