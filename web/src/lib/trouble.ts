import type { CauseWord, WebhookStatusWord } from '../api/types';
import type { Kind, Words } from './health';

/** What is wrong with a webhook, in words that stand beside its status. Nothing is wrong with one that is quiet. */
const CAUSES: Record<Exclude<CauseWord, 'quiet'>, Words> = {
  refused: { kind: 'bad', text: 'Refused' },
  stopped: { kind: 'bad', text: 'Stopped' },
  set_up_wrongly: { kind: 'bad', text: 'Set up wrongly' },
  never_confirmed: { kind: 'warn', text: 'Never confirmed' },
};

type Cause = CauseWord | null | undefined;

/** Colour follows the cause: an event that nobody has caused is nothing to worry about. */
export function causeKind(cause: Cause): Kind | null {
  return cause && cause !== 'quiet' ? CAUSES[cause].kind : null;
}

/** The trouble of a whole webhook. What was never set up is a step to do, and not yet a fault. */
export function troubleWords(status: WebhookStatusWord, cause: Cause): Words | null {
  if (!cause || cause === 'quiet') return null;
  if (status === 'no_data' && cause === 'set_up_wrongly') return { kind: 'warn', text: 'Not set up yet' };
  return CAUSES[cause];
}

/** Whether somebody has to look at a webhook that was set up already. */
export function needsLook(status: WebhookStatusWord, cause: Cause): boolean {
  const trouble = troubleWords(status, cause);
  return trouble !== null && (trouble.kind === 'bad' || status !== 'no_data');
}
