import type { DeliveryState } from '../../../api/types';

/** What the address of the webhook tab holds: the filters of the event log, and the delivery that is open. */
export interface WebhookSearch {
  event?: string;
  state?: DeliveryState;
  record?: number;
  delivery?: number;
}

const STATES = ['waiting', 'settled', 'dead'];

function wholeNumber(value: unknown): number | undefined {
  const number = Number(value);
  return value !== '' && Number.isInteger(number) && number > 0 ? number : undefined;
}

export function webhookSearch(search: Record<string, unknown>): WebhookSearch {
  const found: WebhookSearch = {};
  if (typeof search.event === 'string' && search.event !== '') found.event = search.event;
  if (STATES.includes(search.state as string)) found.state = search.state as DeliveryState;
  const record = wholeNumber(search.record);
  if (record !== undefined) found.record = record;
  const delivery = wholeNumber(search.delivery);
  if (delivery !== undefined) found.delivery = delivery;
  return found;
}
