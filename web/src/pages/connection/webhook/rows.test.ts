import { expect, test } from 'vitest';
import type { DeliveryRow } from '../../../api/types';
import { shownRows } from './rows';

function rows(...numbers: number[]): DeliveryRow[] {
  return numbers.map((number) => ({
    number,
    arrived_at: '2026-03-12T13:00:00Z',
    result: 'accepted',
    status: 200,
    attempts: 1,
    repeats: 0,
  }));
}

function numbers({ rows }: { rows: DeliveryRow[] }): number[] {
  return rows.map(({ number }) => number);
}

test('new deliveries come before the loaded ones, each once', () => {
  expect(numbers(shownRows(rows(3, 2, 1), rows(5, 4, 3), null))).toEqual([5, 4, 3, 2, 1]);
});

test('a delivery is shown as it stands now', () => {
  const newest = rows(3).map((row) => ({ ...row, result: 'failed' as const }));
  expect(shownRows(rows(3), newest, null).rows[0]?.result).toBe('failed');
});

test('while a reader has scrolled down nothing moves', () => {
  const shown = shownRows(rows(3, 2), rows(6, 5, 4, 3), 4);
  expect(numbers(shown)).toEqual([4, 3, 2]);
  expect(shown.waiting).toBe(2);
});

test('a whole page of new ones leaves a gap', () => {
  expect(shownRows(rows(3), rows(9, 8), null).gap).toBe(true);
  expect(shownRows(rows(3), rows(4, 3), null).gap).toBe(false);
  expect(shownRows([], rows(4, 3), null).gap).toBe(false);
});
