import type { DeliveryResult, DeliveryRow, EventRow, WebhookView } from '../../../api/types';
import { count, number } from '../../../lib/format';
import type { Kind, Words } from '../../../lib/health';
import { causeWords } from '../../../lib/trouble';
import type { Within } from './search';

type Judged = Pick<WebhookView, 'status' | 'cause'>;

/** What is wrong, in words beside the status; null where nothing is, or it was before the webhook was set up. */
export function viewTrouble({ status, cause }: Judged): Words | null {
  if (cause?.early) return null;
  // What was never set up is a step to do, and not yet a fault.
  if (status === 'no_data' && cause?.cause === 'set_up_wrongly') return { kind: 'warn', text: 'Not set up yet' };
  return causeWords(cause?.cause);
}

/** Colour follows the cause, not the status: also one that was successful may have stopped since. */
export function statusKind(view: Judged): Kind {
  return viewTrouble(view)?.kind ?? (view.status === 'successful' ? 'good' : 'unknown');
}

/** What stands in place of the steps while they are closed. */
export function closedStepsWords(view: Judged): string {
  if (viewTrouble(view)) {
    return 'The webhook was set up, but something is wrong with it now: see its status. The steps show how it should be.';
  }
  return 'The webhook is set up. The steps are kept for looking something up.';
}

export const RESULTS: Record<DeliveryResult, Words> = {
  waiting: { kind: 'info', text: 'Waiting' },
  accepted: { kind: 'good', text: 'Accepted' },
  merged: { kind: 'good', text: 'Merged' },
  rejected: { kind: 'warn', text: 'Rejected' },
  failed: { kind: 'bad', text: 'Failed' },
};

/** What became of a delivery: one whose record is shown is not merely waiting. */
export function resultWords({ result, shown_after_ms }: Pick<DeliveryRow, 'result' | 'shown_after_ms'>): Words {
  if (result === 'waiting' && shown_after_ms != null) return { kind: 'info', text: 'Shown, to be confirmed' };
  return RESULTS[result];
}

/** How far back the event log goes, by what its address says. */
export const WITHIN: Record<Within, { label: string; ms: number }> = {
  '1h': { label: 'Last hour', ms: 3_600_000 },
  '24h': { label: 'Last 24 hours', ms: 86_400_000 },
  '7d': { label: 'Last 7 days', ms: 7 * 86_400_000 },
};

/** `412 of 415 tickets announced (99.2 %)`: rounded down, so that 100 % means all. */
export function coverageWords({ family, happened, announced }: WebhookView['coverage'][number]): string {
  const part = happened === 0 ? null : Math.floor((announced / happened) * 1000) / 10;
  const what = `${number(announced)} of ${count(happened, `${family.replace(/s$/, '')} change`)} announced`;
  return part === null ? 'No changes read in 24 h' : `${what} (${number(part, 1)}\u202f%)`;
}

/** What polling found that no event announced; before the first one arrived, HaloPSA was perhaps not set up yet. */
export function pollingWords({ found_by_polling, before }: WebhookView['coverage'][number]): string {
  const found = found_by_polling > 0 ? `${count(found_by_polling, 'change')} found by polling` : '';
  if (before === 0) return found;
  return found ? `${found}, ${number(before)} more before the first event` : `${number(before)} before the first event`;
}

/** The spark line in words. */
export function sparkWords(byHour: number[]): string {
  const most = Math.max(0, ...byHour);
  if (most === 0) return 'None in the last 24 hours';
  const total = byHour.reduce((sum, one) => sum + one, 0);
  const last = byHour.findLastIndex((one) => one > 0);
  const ago = byHour.length - 1 - last;
  const when = ago === 0 ? 'in this hour' : `${count(ago, 'hour')} ago`;
  return `${count(total, 'event')} in the last 24 hours, at most ${number(most)} in an hour, the last ${when}`;
}

/** JSON laid out for reading; what is none is left as it came. */
export function prettyJson(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** Ticked by hand, or by itself when the event has arrived. */
export function ticked(event: EventRow, byHand: string[]): boolean {
  return event.total > 0 || byHand.includes(event.event);
}
