import type { ActivityLabel, ConnectionDetail, ConnectionSummary, HealthLabel } from '../api/types';
import { age, count, inSentence, number, percent, time } from './format';
import { causeWords } from './trouble';

export type Kind = 'good' | 'warn' | 'bad' | 'info' | 'unknown';

export interface Words {
  kind: Kind;
  text: string;
}

/** Health: what the last finished result says. */
export function healthWords(label: HealthLabel, zone: string): Words {
  switch (label.health) {
    case 'healthy':
      return { kind: 'good', text: 'Healthy' };
    case 'needs_attention':
      return { kind: 'warn', text: `Needs attention (${label.attention})` };
    case 'failing':
      return { kind: 'bad', text: label.since ? `Failing since ${time(label.since, zone)}` : 'Failing' };
    case 'stale':
      return { kind: 'warn', text: label.since ? `Stale since ${time(label.since, zone)}` : 'Stale' };
    case 'not_synced':
      return { kind: 'unknown', text: 'Not synced yet' };
  }
}

/** Activity: what happens now, as a sentence without its full stop. */
export function activityWords(label: ActivityLabel, zone: string): string {
  const rows = label.rows == null ? '' : `, ${number(label.rows)}${label.of ? ` of ${number(label.of)}` : ''}`;
  const what = label.entity ? ` ${inSentence(label.entity)}${rows}` : '';
  const until = label.wait_until ? time(label.wait_until, zone, { seconds: true }) : null;
  const wait = until ? `, waits until ${until} for the request limit` : '';
  const at = label.next_at ? time(label.next_at, zone, { seconds: true }) : null;
  switch (label.activity) {
    case 'starting':
      return 'Starting';
    case 'waiting':
      return at ? `Next sync at ${at}` : 'Waiting for the next sync';
    case 'syncing':
      return `Syncing${what}${wait}`;
    case 'reading_all':
      return `Reading everything:${what || ' all records'}${wait}`;
    case 'comparing':
      return `Comparing counts${what ? `:${what}` : ''}${wait}`;
    case 'retrying':
      return at ? `Tries again at ${at}` : 'Trying again';
    case 'paused':
      return `Paused${label.paused_by ? ` by ${label.paused_by}` : ''}${label.paused_at ? ` since ${time(label.paused_at, zone)}` : ''}`;
  }
}

/** What all requests wait for, as a sentence without its full stop; null while they do not, and once that time is over. */
export function limitWords({ wait_until }: ActivityLabel, zone: string, now: number): string | null {
  if (!wait_until || Date.parse(wait_until) <= now) return null;
  return `Waiting for HaloPSA's request limit, goes on at ${time(wait_until, zone, { seconds: true, now })}`;
}

/** The one state of a connection that a card shows, with what is wrong with its webhook when nothing else is. */
export function connectionWords(
  connection: ConnectionSummary,
  zone: string,
  webhook?: Pick<ConnectionDetail['webhook'], 'trouble'>,
): Words {
  const { health, activity, first_sync } = connection;
  if (activity.activity === 'paused') return { kind: 'unknown', text: 'Paused' };
  if (health.health === 'failing') return healthWords(health, zone);
  if (first_sync) return { kind: 'info', text: `First sync ${percent(first_sync.fraction)}` };
  if (health.health === 'not_synced') return { kind: 'info', text: 'Connecting' };
  if (health.health === 'needs_attention') {
    return { kind: 'warn', text: `Connected, needs attention (${health.attention})` };
  }
  if (health.health === 'stale') return healthWords(health, zone);
  const trouble = causeWords(webhook?.trouble);
  if (trouble) return { kind: trouble.kind, text: `Connected, webhook ${inSentence(trouble.text)}` };
  return { kind: 'good', text: 'Connected' };
}

export function firstSyncSentence(connection: ConnectionSummary, zone: string): string | null {
  const first = connection.first_sync;
  if (!first) return null;
  const rows = count(first.rows, 'record');
  return first.ends_at ? `${rows} read, done at about ${time(first.ends_at, zone)}` : `${rows} read`;
}

export type Ring = 'live' | 'behind' | 'stale' | 'first' | 'none';

export interface Freshness extends Words {
  ring: Ring;
  connection: number | null;
}

/** What was read, or told by a webhook, less than this ago counts as live. */
const LIVE_MS = 120_000;

function freshnessOf(connection: ConnectionSummary, now: number): Freshness {
  const { health, activity, as_of, told_at, first_sync, id } = connection;
  if (first_sync && health.health !== 'failing') {
    return { ring: 'first', kind: 'info', text: `First sync ${percent(first_sync.fraction)}`, connection: id };
  }
  if (!as_of) {
    const failing = health.health === 'failing';
    return { ring: failing ? 'stale' : 'first', kind: failing ? 'bad' : 'info', text: 'No data yet', connection: id };
  }
  const old = age(as_of, now);
  if (health.health === 'stale') return { ring: 'stale', kind: 'warn', text: `Stale, ${old}`, connection: id };
  if (health.health === 'failing') {
    return { ring: 'stale', kind: 'bad', text: `Failing, data ${old} old`, connection: id };
  }
  if (activity.activity === 'paused') {
    return { ring: 'behind', kind: 'unknown', text: `Paused, ${old} behind`, connection: id };
  }
  // Between two syncs webhooks tell what happens.
  const newest = told_at && told_at > as_of ? told_at : as_of;
  if (now - Date.parse(newest) < LIVE_MS) {
    return { ring: 'live', kind: 'good', text: `Live, ${age(newest, now)} ago`, connection: id };
  }
  // Between two syncs nothing is wrong; past the time of the next one, something is.
  const overdue = !activity.next_at || Date.parse(activity.next_at) < now - LIVE_MS;
  return { ring: 'behind', kind: overdue ? 'warn' : 'unknown', text: `${old} behind`, connection: id };
}

const WORST_FIRST: Ring[] = ['stale', 'first', 'behind', 'live', 'none'];

/** What the chip in the header says: the worst of all connections, because a reader cannot know which one a figure is from. */
export function freshness(connections: ConnectionSummary[], now: number): Freshness {
  const all = connections.map((connection) => freshnessOf(connection, now));
  all.sort((first, second) => WORST_FIRST.indexOf(first.ring) - WORST_FIRST.indexOf(second.ring));
  return all[0] ?? { ring: 'none', kind: 'unknown', text: 'Not connected', connection: null };
}
