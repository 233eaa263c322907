import type { CauseWord } from '../api/types';
import type { Words } from './health';

/** What is wrong with a webhook, in words that stand beside its status. Nothing is wrong with one that is quiet. */
const CAUSES: Record<Exclude<CauseWord, 'quiet'>, Words> = {
  refused: { kind: 'bad', text: 'Refused' },
  stopped: { kind: 'bad', text: 'Stopped' },
  set_up_wrongly: { kind: 'bad', text: 'Set up wrongly' },
  never_confirmed: { kind: 'warn', text: 'Never confirmed' },
};

/** Colour follows the cause: an event that nobody has caused is nothing to worry about. */
export function causeWords(cause: CauseWord | null | undefined): Words | null {
  return cause && cause !== 'quiet' ? CAUSES[cause] : null;
}
