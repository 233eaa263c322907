import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './RecordTable.module.css';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** `head` names the row, `number` is right-aligned, `actions` has no visible title. */
  kind?: 'head' | 'number' | 'actions';
}

interface Props<Row> {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string | number;
  /** Rows that are still there but no longer count, shown dim. */
  isDim?: (row: Row) => boolean;
}

/** A table that becomes a list of cards on a phone: each value then has its column's title before it. */
export function RecordTable<Row>({ label, rows, columns, keyOf, isDim }: Props<Row>) {
  return (
    // Where it is too narrow for the table, it scrolls inside: also by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must take the focus
    <section className={classes.frame} aria-label={label} tabIndex={0}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th key={title} scope="col" data-kind={kind}>
                {kind === 'actions' ? <VisuallyHidden>{title}</VisuallyHidden> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-dim={isDim?.(row) || undefined}>
              {columns.map(({ title, kind, cell }) =>
                kind === 'head' ? (
                  <th key={title} scope="row" data-kind={kind}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} data-kind={kind} data-title={title}>
                    <div className={classes.value}>{cell(row)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
