import { Progress, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { EntityRow } from '../../../api/types';
import { useNow } from '../../../lib/clock';
import { duration, number } from '../../../lib/format';
import { EmptyState } from '../../../ui/EmptyState';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Age } from '../../../ui/Time';
import { Card, Line, TableFrame } from '../parts';
import parts from '../parts.module.css';
import classes from './sync.module.css';
import { Why } from './Why';
import { ENTITY_WORDS, isBusy, needsAttention } from './words';

/** Counts on from the row's own start while it is busy; afterwards, how long that took. */
function Took({ row }: { row: EntityRow }) {
  const now = useNow();
  if (isBusy(row) && row.began_at) return duration(Math.max(0, now - Date.parse(row.began_at)));
  // Nothing was read of what is off; zero is a time that nobody took.
  return !row.took_ms || row.state === 'off' ? '' : duration(row.took_ms);
}

function Rows({ row }: { row: EntityRow }) {
  if (!isBusy(row) || row.rows_now == null) return null;
  const words = row.of ? `${number(row.rows_now)} of ${number(row.of)}` : number(row.rows_now);
  return (
    <div className={classes.rowProgress} data-bar={row.of ? true : undefined}>
      {row.of ? (
        <Progress
          value={(row.rows_now / row.of) * 100}
          size={4}
          aria-label={`${row.title}: rows read`}
          className={classes.rowBar}
        />
      ) : null}
      <span>{words}</span>
    </div>
  );
}

function differences({ missing, left_over, state }: EntityRow): string {
  if (state === 'off' || state === 'no_permission') return '';
  const parts = [];
  if (missing > 0) parts.push(`${number(missing)} missing here`);
  if (left_over > 0) parts.push(`${number(left_over)} here that HaloPSA no longer has`);
  return parts.join(', ');
}

function Entity({ row }: { row: EntityRow }) {
  const { kind, text } = ENTITY_WORDS[row.state];
  const differs = differences(row);
  const why = [row.reason, row.remedy].filter(Boolean).join(' ') || (differs && `${differs}.`);
  return (
    <>
      <tr>
        <th scope="row" className={classes.kindCell}>
          {row.title}
        </th>
        <td className={classes.stateCell}>
          <div className={classes.state}>
            <StatusLabel kind={kind}>{text}</StatusLabel>
            <Rows row={row} />
          </div>
        </td>
        <td data-number className={row.state === 'waiting' ? parts.dim : undefined}>
          {number(row.here)}
        </td>
        <td data-number>{row.there == null ? <span title="HaloPSA did not say">–</span> : number(row.there)}</td>
        <td data-number data-wide>
          <Took row={row} />
        </td>
        <td data-number data-wide className={parts.dim}>
          {row.finished_at && row.state !== 'off' && (
            <>
              <Age at={row.finished_at} /> ago
            </>
          )}
        </td>
      </tr>
      {why && <Why>{why}</Why>}
    </>
  );
}

const EXPLAINED = 'Kinds that HaloPSA has switched off, or that this agent may not read, are listed with the reason.';

/** One row for each kind of record; the order never changes, so that rows do not jump while they are read. */
export function Entities({ entities }: { entities: EntityRow[] }) {
  const attention = entities.filter(needsAttention);
  const [shown, setShown] = useState<'all' | 'attention'>('all');
  const rows = shown === 'attention' ? attention : entities;
  return (
    <Card
      title="Kinds of records"
      actions={
        <SegmentedControl
          size="xs"
          value={shown}
          onChange={(value) => setShown(value as typeof shown)}
          aria-label="Which kinds are shown"
          data={[
            { value: 'all', label: `All ${entities.length}` },
            { value: 'attention', label: `Need attention ${attention.length}` },
          ]}
        />
      }
    >
      {rows.length === 0 ? (
        <EmptyState title={shown === 'attention' ? 'No kind of record needs attention.' : 'Nothing has been read yet.'}>
          {shown === 'all' && EXPLAINED}
        </EmptyState>
      ) : (
        <TableFrame
          label="Kinds of records"
          above={
            <Line dim>Rows here are those of each kind's last sync. Webhooks bring changes between two syncs.</Line>
          }
        >
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">State</th>
              <th scope="col" data-number>
                Rows here
              </th>
              <th scope="col" data-number>
                In HaloPSA
              </th>
              <th scope="col" data-number data-wide>
                Took
              </th>
              <th scope="col" data-number data-wide>
                Checked
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Entity key={row.table} row={row} />
            ))}
          </tbody>
        </TableFrame>
      )}
    </Card>
  );
}
