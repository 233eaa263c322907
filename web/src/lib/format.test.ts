import { expect, test } from 'vitest';
import {
  age,
  bytes,
  count,
  date,
  day,
  duration,
  fullTime,
  inSentence,
  number,
  percent,
  quoted,
  time,
  today,
} from './format';

const NOW = Date.parse('2026-03-12T13:00:00Z');
/** Compares as a person reads: every kind of space is a space. */
function check(actual: string, expected: string) {
  expect(actual.replace(/[\u202f\u00a0\u2009]/g, ' ')).toBe(expected);
}

test('numbers have thin spaces between groups and the decimal sign of the locale', () => {
  expect(number(41302, 0, 'en-GB')).toBe('41\u202f302');
  check(number(1234567.85, 1, 'de-DE'), '1 234 567,9');
  check(number(1234567, 0, 'en-IN'), '12 34 567');
  check(number(-1500, 0, 'en-US'), '-1 500');
});

test('percentages reach 100 only when nothing is missing', () => {
  check(percent(0.999), '99 %');
  check(percent(1), '100 %');
  check(percent(-0.1), '0 %');
});

test('counts agree with their noun', () => {
  check(count(1, 'entity', 'entities'), '1 entity');
  check(count(0, 'ticket'), '0 tickets');
});

test('durations name two neighbouring units at most', () => {
  check(duration(340), '340 ms');
  check(duration(12_000), '12 s');
  check(duration(59_999), '1 min');
  check(duration(12_000_000), '3 h 20 min');
  check(duration(86_404_000), '1 d');
  check(duration(90_000_000), '1 d 1 h');
});

test('ages are one unit and never negative', () => {
  check(age(NOW - 12_000, NOW), '12 s');
  check(age(NOW - 4 * 60_000, NOW), '4 min');
  check(age(NOW - 3 * 3_600_000, NOW), '3 h');
  check(age(NOW - 4 * 86_400_000, NOW), '4 d');
  check(age(NOW + 5000, NOW), '0 s');
});

test('sizes in steps of a thousand', () => {
  check(bytes(512, 'en-GB'), '512 B');
  check(bytes(16_500_000, 'en-GB'), '16.5 MB');
  check(bytes(999_900, 'en-GB'), '1 MB');
});

test('a time is as short as the day allows, in the zone of the workspace', () => {
  const options = { now: NOW };
  check(time('2026-03-12T09:12:00Z', 'Europe/London', options), '09:12');
  check(time('2026-03-12T09:12:00Z', 'Europe/Berlin', options), '10:12');
  check(time('2026-03-11T23:30:00Z', 'Europe/Berlin', options), '00:30');
  check(time('2026-03-11T09:12:00Z', 'Europe/London', options), '11 Mar 09:12');
  check(time('2025-03-11T09:12:40Z', 'Europe/London', { ...options, seconds: true }), '11 Mar 2025 09:12:40');
});

test('the full time names the zone', () => {
  check(fullTime('2026-07-12T09:12:40Z', 'Europe/London'), 'Sun, 12 Jul 2026, 10:12:40 BST (Europe/London)');
});

test('a day stands in a sentence with its preposition, and literals of the server in quotes', () => {
  const now = Date.parse('2026-03-14T12:00:00Z');
  expect(day('2026-03-14T09:12:00Z', 'UTC', now)).toBe('at 09:12');
  expect(day('2026-03-12T09:12:00Z', 'UTC', now)).toBe('on 12 Mar');
  expect(quoted('Run `haloscope sync` once.')).toBe('Run ‘haloscope sync’ once.');
});

test('a day of the calendar is the same day in every zone', () => {
  expect(date('2026-12-25')).toBe('Fri, 25 Dec 2026');
  expect(date('soon')).toBe('soon');
});

test('the present day is that of the zone', () => {
  const now = Date.parse('2026-03-12T23:30:00Z');
  expect(today('Europe/London', now)).toBe('2026-03-12');
  expect(today('Europe/Berlin', now)).toBe('2026-03-13');
});

test('a title is written small within a sentence, an acronym is not', () => {
  expect(inSentence('Timesheet events')).toBe('timesheet events');
  expect(inSentence('SLAs')).toBe('SLAs');
});
