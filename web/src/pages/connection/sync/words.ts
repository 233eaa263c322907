import type {
  ConnectionSummary,
  CountCheck,
  EntityRow,
  EntityWord,
  RequestMeter,
  RunView,
  SyncView,
} from '../../../api/types';
import { count, day, duration, time } from '../../../lib/format';
import type { Kind, Words } from '../../../lib/health';

export const ENTITY_WORDS: Record<EntityWord, Words> = {
  waiting: { kind: 'unknown', text: 'Waiting' },
  reading: { kind: 'info', text: 'Reading' },
  comparing: { kind: 'info', text: 'Comparing' },
  done: { kind: 'good', text: 'Done' },
  incomplete: { kind: 'warn', text: 'Incomplete' },
  held: { kind: 'warn', text: 'Held' },
  partial: { kind: 'warn', text: 'Partial' },
  failed: { kind: 'bad', text: 'Failed' },
  no_permission: { kind: 'warn', text: 'No permission' },
  off: { kind: 'unknown', text: 'Off' },
};

/** What somebody may want to do something about; a right that is not granted, too, though it may be meant so. */
const ATTENTION: EntityWord[] = ['incomplete', 'held', 'partial', 'failed', 'no_permission'];

export function needsAttention(row: EntityRow): boolean {
  return ATTENTION.includes(row.state);
}

export function isBusy(row: EntityRow): boolean {
  return row.state === 'reading' || row.state === 'comparing';
}

export const OUTCOMES: Record<RunView['outcome'], Words> = {
  running: { kind: 'info', text: 'Running' },
  complete: { kind: 'good', text: 'Complete' },
  incomplete: { kind: 'warn', text: 'Incomplete' },
  failed: { kind: 'bad', text: 'Failed' },
  stopped: { kind: 'unknown', text: 'Stopped' },
  interrupted: { kind: 'unknown', text: 'Interrupted' },
};

/** What reading everything anew costs. */
export interface Estimate {
  requests: number;
  ms: number;
}

const ROWS_A_REQUEST = 100;

export function estimate(entities: EntityRow[], requests: Pick<RequestMeter, 'usable' | 'window_s'>): Estimate {
  const read = entities.filter(({ state }) => state !== 'off' && state !== 'no_permission');
  const pages = read.map(({ there, here }) => Math.max(1, Math.ceil((there ?? here) / ROWS_A_REQUEST)));
  const total = pages.reduce((sum, one) => sum + one, 0);
  // What fits into the first window needs no waiting; a request itself takes about a third of a second.
  const paced = (total / Math.max(1, requests.usable)) * requests.window_s * 1000;
  return { requests: total, ms: Math.max(paced, total * 300) };
}

/** How far a pass over everything is, by rows; null while only changes are read. */
export function passFraction(view: Pick<SyncView, 'connection' | 'entities'>): number | null {
  const { first_sync, activity } = view.connection;
  if (first_sync) return first_sync.fraction;
  if (activity.activity !== 'reading_all' && activity.activity !== 'comparing') return null;
  if (activity.of && activity.rows != null && !activity.entity) return Math.min(1, activity.rows / activity.of);
  let all = 0;
  let read = 0;
  for (const row of view.entities) {
    if (row.state === 'off' || row.state === 'no_permission') continue;
    const of = row.of ?? row.there ?? row.here;
    all += of;
    if (isBusy(row)) read += Math.min(of, row.rows_now ?? 0);
    else if (row.state !== 'waiting') read += of;
  }
  return all === 0 ? null : read / all;
}

/** "about 14 min left at 72 requests a minute", or null when nobody knows. */
export function timeLeft(view: Pick<SyncView, 'connection' | 'requests'>, now: number): string | null {
  const ends = view.connection.first_sync?.ends_at;
  if (!ends) return null;
  const left = Date.parse(ends) - now;
  if (left < 60_000) return 'less than a minute left';
  const minutes = Math.ceil(left / 60_000) * 60_000;
  const pace = Math.floor((view.requests.usable / view.requests.window_s) * 60);
  return `about ${duration(minutes)} left at ${count(pace, 'request')} a minute`;
}

export function kindOfUse(requests: RequestMeter): Kind {
  if (requests.paused_for_s) return 'warn';
  return (requests.used ?? 0) > requests.usable ? 'warn' : 'good';
}

/** What comparing both sides came to, without its time. Kinds that are not read are not compared: `all` counts them, too. */
export function countWords(counts: CountCheck, all: number, early = false): Words {
  const some = counts.pending === 0 && all > counts.compared;
  const kinds = some
    ? `${counts.compared} of ${all} kinds of records`
    : count(counts.compared, 'kind of record', 'kinds of records');
  if (early && counts.complete) return { kind: 'good', text: `${kinds} so far: as many rows here as in HaloPSA` };
  if (counts.complete) return { kind: 'good', text: `${kinds}: as many rows here as in HaloPSA` };
  if (counts.compared === 0) return { kind: 'unknown', text: 'Nothing has been compared yet' };
  if (counts.differing === 0) return { kind: 'unknown', text: `${kinds} agree so far, ${counts.pending} to come` };
  const differ = counts.differing === 1 ? 'differs' : 'differ';
  return { kind: 'warn', text: `${counts.differing} of ${counts.compared} kinds of records ${differ}` };
}

/** Why fewer kinds are compared than are listed; null when all are. */
export function notReadWords(entities: EntityRow[]): string | null {
  const of = (state: EntityWord) => entities.filter((row) => row.state === state).length;
  const [off, refused] = [of('off'), of('no_permission')];
  const parts = [];
  if (off > 0) parts.push(`${count(off, 'kind')} that ${off === 1 ? 'is' : 'are'} off`);
  if (refused > 0) parts.push(`${count(refused, 'kind')} that may not be read`);
  return parts.length === 0 ? null : `Not compared: ${parts.join(', ')}.`;
}

const SAME_MS = 15 * 60_000;

/** "Paused by Ana on 12 Mar. Dashboards show data as of then." */
export function pausedWords({ activity, as_of }: ConnectionSummary, zone: string, now = Date.now()): string {
  const { paused_by: by, paused_at: at } = activity;
  const when = at ? ` ${day(at, zone, now)}` : '';
  const then =
    !as_of || (at && Math.abs(Date.parse(at) - Date.parse(as_of)) < SAME_MS) ? 'then' : time(as_of, zone, { now });
  return `Paused${by ? ` by ${by}` : ''}${when}. Dashboards show data as of ${then}.`;
}
