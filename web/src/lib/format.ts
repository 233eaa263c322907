/** Thin, and no line breaks at it: `12 345`, `62 %`. */
const THIN = '\u202f';

const browser = typeof navigator === 'undefined' ? 'en-GB' : navigator.language;
/** The server's sentences hold dates, too, so all are written as it writes them: `12 Mar 2026`, whatever the browser is set to. */
const DATES = 'en-GB';

/** `41 302`, `0.5`: groups and decimal sign by locale, but always a thin space between groups. */
export function number(value: number, decimals = 0, locale = browser): string {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: decimals });
  return format
    .formatToParts(value)
    .map((part) => (part.type === 'group' ? THIN : part.value))
    .join('');
}

/** A part of one as `62 %`. Rounds down, so that 100 % means all of it. */
export function percent(fraction: number): string {
  return `${Math.floor(Math.max(0, Math.min(1, fraction)) * 100)}${THIN}%`;
}

/** `1 ticket`, `41 302 tickets`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** A length of time in its two largest units: `3 h 20 min`, `12 s`, `340 ms`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  let seconds = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
    // After the largest unit only its neighbour counts: "1 d 4 s" would be false precision.
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** How long ago in one unit: `12 s`, `4 min`, `3 h`, `4 d`. A time that lies ahead (clocks differ) is `0 s`. */
export function age(at: string | number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - new Date(at).getTime()) / 1000));
  const [unit, size] = UNITS.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `512 B`, `16.5 MB`, in steps of 1000 as disks are sold. */
export function bytes(value: number, locale = browser): string {
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${number(amount, unit === 0 || amount >= 100 ? 0 : 1, locale)} ${BYTE_UNITS[unit]}`;
}

function dayKey(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    at,
  );
}

export interface TimeOptions {
  seconds?: boolean;
  now?: number;
}

/** `09:12` today, `12 Mar 09:12` this year, `12 Mar 2025 09:12` before; always in the given zone. */
export function time(at: string | number | Date, zone: string, options: TimeOptions = {}): string {
  const moment = new Date(at);
  const today = dayKey(new Date(options.now ?? Date.now()), zone);
  const that = dayKey(moment, zone);
  const clock: Intl.DateTimeFormatOptions = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (options.seconds) clock.second = '2-digit';
  const words = new Intl.DateTimeFormat(DATES, clock).format(moment);
  return that === today ? words : `${dayOf(moment, zone, that.slice(0, 4) !== today.slice(0, 4))} ${words}`;
}

function dayOf(moment: Date, zone: string, withYear: boolean): string {
  const format: Intl.DateTimeFormatOptions = { timeZone: zone, day: 'numeric', month: 'short' };
  if (withYear) format.year = 'numeric';
  return new Intl.DateTimeFormat(DATES, format).format(moment);
}

/** A day within a sentence: `at 09:12` today, else `on 12 Mar`. */
export function day(at: string, zone: string, now = Date.now()): string {
  const words = time(at, zone, { now });
  const clock = words.lastIndexOf(' ');
  return clock < 0 ? `at ${words}` : `on ${words.slice(0, clock)}`;
}

/** Everything about a moment, for hovering: `Thu, 12 Mar 2026, 09:12:40 GMT (Europe/London)`. */
export function fullTime(at: string | number | Date, zone: string): string {
  const text = new Intl.DateTimeFormat(DATES, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(new Date(at));
  return `${text} (${zone})`;
}

/** A day of the calendar, `2026-12-25` as `Fri, 25 Dec 2026`. It has no zone. */
export function date(day: string): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return day;
  const format = { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return new Intl.DateTimeFormat(DATES, format).format(moment);
}

/** The present day in a zone, `2026-12-25`. */
export function today(zone: string, now = Date.now()): string {
  return dayKey(new Date(now), zone);
}

/** Names of all zones that the browser knows, by name. */
export function zoneNames(): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', browserZone()])].sort();
}

/** The zone this browser is set to. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** A sentence of the server as people read it: what it marks as literal stands in quotes. */
export function quoted(sentence: string): string {
  return sentence.replace(/`([^`]*)`/g, '‘$1’');
}

/** A title within a sentence: `Timesheet events` as `timesheet events`; what begins with an acronym (`SLAs`) stays. */
export function inSentence(title: string): string {
  return /^\p{Lu}\p{Lu}/u.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}
