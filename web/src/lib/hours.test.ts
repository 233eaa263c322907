import { expect, test } from 'vitest';
import type { WorkingHours } from '../api/types';
import {
  dayProblem,
  holidayProblems,
  hoursAndMinutes,
  minutesOf,
  mondayToAll,
  sortedHolidays,
  sortedHours,
  spansOf,
  withDay,
  withSpan,
} from './hours';

const span = (day: WorkingHours['day'], from: string, to: string): WorkingHours => ({ day, from, to });

test('the first span is a usual day, the next follows the last', () => {
  const one = withSpan([], 'tuesday');
  expect(one).toEqual([span('tuesday', '09:00', '17:30')]);
  expect(withSpan(one, 'tuesday')[1]).toEqual(span('tuesday', '18:30', '20:30'));
  expect(withSpan([span('monday', '22:00', '23:50')], 'monday')[1]?.to).toBe('23:59');
});

test('a day is changed without the others', () => {
  const hours = [span('monday', '09:00', '17:00'), span('sunday', '10:00', '11:00')];
  expect(withDay(hours, 'monday', [])).toEqual([span('sunday', '10:00', '11:00')]);
});

test('Monday is copied to the weekdays only', () => {
  const hours = [
    span('monday', '08:00', '12:00'),
    span('monday', '13:00', '16:00'),
    span('friday', '09:00', '10:00'),
    span('saturday', '09:00', '10:00'),
  ];
  const copied = mondayToAll(hours);
  expect(spansOf(copied, 'friday')).toEqual([span('friday', '08:00', '12:00'), span('friday', '13:00', '16:00')]);
  expect(spansOf(copied, 'saturday')).toEqual([span('saturday', '09:00', '10:00')]);
  expect(copied).toHaveLength(11);
});

test('what is wrong with a day is said', () => {
  expect(dayProblem([])).toBeNull();
  expect(dayProblem([span('monday', '13:00', '17:00'), span('monday', '09:00', '13:00')])).toBeNull();
  expect(dayProblem([span('monday', '09:00', '')])).toContain('both times');
  expect(dayProblem([span('monday', '17:00', '09:00')])).toContain('09:00 is not after 17:00');
  expect(dayProblem([span('monday', '09:00', '13:00'), span('monday', '12:00', '17:00')])).toContain('overlap');
});

test('it is saved in order', () => {
  const hours = [
    span('tuesday', '13:00', '17:00'),
    span('tuesday', '09:00', '12:00'),
    span('monday', '09:00', '17:00'),
  ];
  expect(sortedHours(hours).map(({ day, from }) => `${day} ${from}`)).toEqual([
    'monday 09:00',
    'tuesday 09:00',
    'tuesday 13:00',
  ]);
  const holidays = [
    { date: '2026-12-26', name: 'Boxing Day' },
    { date: '2026-12-25', name: 'Christmas Day' },
  ];
  expect(sortedHolidays(holidays)[0]?.name).toBe('Christmas Day');
  expect(hoursAndMinutes(minutesOf(hours))).toBe('15 h');
  expect([hoursAndMinutes(2475), hoursAndMinutes(30)]).toEqual(['41 h 15 min', '30 min']);
});

test('a holiday has a date of its own and a name', () => {
  const holidays = [{ date: '2026-12-25', name: 'Christmas Day' }];
  expect(holidayProblems(holidays, { date: '', name: ' ' })).toEqual({
    date: 'Choose a date.',
    name: 'Enter its name.',
  });
  expect(holidayProblems(holidays, { date: '2026-12-25', name: 'Again' }).date).toContain('Christmas Day');
  expect(holidayProblems(holidays, { date: '2026-12-26', name: 'Boxing Day' })).toEqual({});
});
