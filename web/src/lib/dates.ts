const language = typeof navigator === 'undefined' ? 'en-GB' : navigator.language;
const locale = language.startsWith('en') ? language : 'en-GB';

/** A day of the calendar, `2026-12-25` as `Fri, 25 Dec 2026`. It has no zone. */
export function date(day: string, of = locale): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return day;
  const format = { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return new Intl.DateTimeFormat(of, format).format(moment);
}

/** The present day in a zone, `2026-12-25`. */
export function today(zone: string, now = Date.now()): string {
  const format = { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-CA', format).format(now);
}
