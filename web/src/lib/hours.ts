import type { Holiday, WorkingHours } from '../api/types';

export type Day = WorkingHours['day'];

export const DAYS: { day: Day; title: string }[] = [
  { day: 'monday', title: 'Monday' },
  { day: 'tuesday', title: 'Tuesday' },
  { day: 'wednesday', title: 'Wednesday' },
  { day: 'thursday', title: 'Thursday' },
  { day: 'friday', title: 'Friday' },
  { day: 'saturday', title: 'Saturday' },
  { day: 'sunday', title: 'Sunday' },
];

const WEEKDAYS: Day[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];

/** The same span from Monday to Friday. */
export function weekdays(from: string, to: string): WorkingHours[] {
  return WEEKDAYS.map((day) => ({ day, from, to }));
}

/** The spans of a day, in the order in which they were entered. */
export function spansOf(hours: WorkingHours[], day: Day): WorkingHours[] {
  return hours.filter((span) => span.day === day);
}

/** Changes the spans of one day; the others stay. The list keeps the order of the week. */
export function withDay(hours: WorkingHours[], day: Day, spans: WorkingHours[]): WorkingHours[] {
  return DAYS.flatMap((one) => (one.day === day ? spans : spansOf(hours, one.day)));
}

/** `HH:MM` so many minutes later, at most the last minute of the day. */
function later(time: string, minutes: number): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const total = Math.min(hour * 60 + minute + minutes, 24 * 60 - 1);
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
}

/** One span more: the usual day first, then one an hour after the last. */
export function withSpan(hours: WorkingHours[], day: Day): WorkingHours[] {
  const spans = spansOf(hours, day);
  const end = spans.at(-1)?.to;
  const from = end ? later(end, 60) : '09:00';
  const to = end ? later(from, 120) : '17:30';
  return withDay(hours, day, [...spans, { day, from, to }]);
}

/** Tuesday to Friday like Monday; the weekend stays. */
export function mondayToAll(hours: WorkingHours[]): WorkingHours[] {
  const monday = spansOf(hours, 'monday');
  return WEEKDAYS.reduce((changed, day) => {
    const copied = monday.map((span) => ({ ...span, day }));
    return withDay(changed, day, copied);
  }, hours);
}

/** What is wrong with the spans of a day, as a sentence, or null. `HH:MM` compares as text. */
export function dayProblem(spans: WorkingHours[]): string | null {
  if (spans.some(({ from, to }) => !from || !to)) return 'Enter both times, or remove the span.';
  const backward = spans.find(({ from, to }) => from >= to);
  if (backward)
    return `${backward.to} is not after ${backward.from}. Work past midnight ends at 00:00 here and begins at 00:00 on the next day.`;
  const sorted = spans.toSorted((one, other) => one.from.localeCompare(other.from));
  const overlaps = sorted.some((span, at) => at > 0 && span.from < (sorted[at - 1]?.to ?? ''));
  return overlaps ? 'Two spans of this day overlap.' : null;
}

/** As it is saved: by day and time. */
export function sortedHours(hours: WorkingHours[]): WorkingHours[] {
  return DAYS.flatMap(({ day }) => spansOf(hours, day).toSorted((one, other) => one.from.localeCompare(other.from)));
}

export function sortedHolidays(holidays: Holiday[]): Holiday[] {
  return holidays.toSorted((one, other) => one.date.localeCompare(other.date));
}

export interface HolidayProblems {
  date?: string | undefined;
  name?: string | undefined;
}

/** Why a day cannot be added to the holidays, by field; empty when it can. */
export function holidayProblems(holidays: Holiday[], { date, name }: Holiday): HolidayProblems {
  const problems: HolidayProblems = {};
  const there = holidays.find((holiday) => holiday.date === date);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) problems.date = 'Choose a date.';
  else if (there) problems.date = `${there.name} is on this date already.`;
  if (!name.trim()) problems.name = 'Enter its name.';
  return problems;
}

/** Minutes worked in a week, for the sum below the table. */
export function minutesOf(hours: WorkingHours[]): number {
  const minutes = (time: string) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  };
  return hours.reduce((sum, { from, to }) => sum + Math.max(0, minutes(to) - minutes(from) || 0), 0);
}

/** `41 h 30 min`. A week of work is told in hours, never in days. */
export function hoursAndMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
