/** Thin, and no line breaks at it: `12 345`, `62 %`. */
const THIN = '\u202f';

const browser = typeof navigator === 'undefined' ? 'en-GB' : navigator.language;
/** The product speaks English: month names follow an English reader's habit, and everybody else gets `12 Mar 2026`. */
const dateLocale = browser.startsWith('en') ? browser : 'en-GB';

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
  locale?: string;
  now?: number;
}

/** `09:12` today, `12 Mar, 09:12` this year, `12 Mar 2025, 09:12` before; always in the given zone. */
export function time(at: string | number | Date, zone: string, options: TimeOptions = {}): string {
  const moment = new Date(at);
  const today = dayKey(new Date(options.now ?? Date.now()), zone);
  const that = dayKey(moment, zone);
  const format: Intl.DateTimeFormatOptions = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (options.seconds) format.second = '2-digit';
  if (that !== today) Object.assign(format, { day: 'numeric', month: 'short' });
  if (that.slice(0, 4) !== today.slice(0, 4)) format.year = 'numeric';
  return new Intl.DateTimeFormat(options.locale ?? dateLocale, format).format(moment);
}

/** A day within a sentence: `at 09:12` today, else `on 12 Mar`. */
export function day(at: string, zone: string, now = Date.now()): string {
  const words = time(at, zone, { now });
  const comma = words.lastIndexOf(',');
  return comma < 0 ? `at ${words}` : `on ${words.slice(0, comma)}`;
}

/** Everything about a moment, for hovering: `Thu 12 Mar 2026, 09:12:40 GMT (Europe/London)`. */
export function fullTime(at: string | number | Date, zone: string, locale = dateLocale): string {
  const text = new Intl.DateTimeFormat(locale, {
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

/** The zone this browser is set to. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** A sentence of the server as people read it: what it marks as literal stands in quotes. */
export function quoted(sentence: string): string {
  return sentence.replace(/`([^`]*)`/g, '‘$1’');
}
