import type { DeliveryResult } from '../../../api/types';

/** How far back the event log goes. */
export type Within = '1h' | '24h' | '7d';

/** What the address of the webhook tab holds: the filters of the event log, and the delivery that is open. */
export interface WebhookSearch {
  event?: string;
  result?: DeliveryResult;
  within?: Within;
  record?: number;
  delivery?: number;
}

const RESULTS = ['waiting', 'accepted', 'merged', 'rejected', 'failed'];
const SPANS = ['1h', '24h', '7d'];

function wholeNumber(value: unknown): number | undefined {
  const number = Number(value);
  return value !== '' && Number.isInteger(number) && number > 0 ? number : undefined;
}

export function webhookSearch(search: Record<string, unknown>): WebhookSearch {
  const found: WebhookSearch = {};
  if (typeof search.event === 'string' && search.event !== '') found.event = search.event;
  if (RESULTS.includes(search.result as string)) found.result = search.result as DeliveryResult;
  if (SPANS.includes(search.within as string)) found.within = search.within as Within;
  const record = wholeNumber(search.record);
  if (record !== undefined) found.record = record;
  const delivery = wholeNumber(search.delivery);
  if (delivery !== undefined) found.delivery = delivery;
  return found;
}
