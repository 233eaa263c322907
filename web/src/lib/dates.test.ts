import { expect, test } from 'vitest';
import { date, today } from './dates';

test('a day is the same day in every zone', () => {
  expect(date('2026-12-25', 'en-GB')).toBe('Fri, 25 Dec 2026');
  expect(date('soon')).toBe('soon');
});

test('the present day is that of the zone', () => {
  const now = Date.parse('2026-03-12T23:30:00Z');
  expect(today('Europe/London', now)).toBe('2026-03-12');
  expect(today('Europe/Berlin', now)).toBe('2026-03-13');
});
