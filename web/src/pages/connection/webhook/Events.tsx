import { Badge } from '@mantine/core';
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconMinus } from '@tabler/icons-react';
import type { EventRow } from '../../../api/types';
import { duration, number } from '../../../lib/format';
import { causeWords } from '../../../lib/trouble';
import { Age } from '../../../ui/Time';
import { Card, TableFrame } from '../parts';
import parts from '../parts.module.css';
import { Spark } from './Spark';
import classes from './webhook.module.css';

/** Its reason; what to do about it stands once, with the status. */
function reasonOf(row: EventRow): string {
  return row.cause?.sentence.split(/(?<=\.) (?=[A-Z])/)[0] ?? '';
}

function Event({ row, reasons }: { row: EventRow; reasons: boolean }) {
  const arrived = row.total > 0;
  const kind = row.cause?.early ? undefined : causeWords(row.cause?.cause)?.kind;
  const isFaulty = arrived && kind !== undefined;
  const Icon = isFaulty ? IconAlertTriangleFilled : arrived ? IconCircleCheckFilled : IconMinus;
  return (
    <tr>
      <th scope="row" className={classes.eventCell}>
        <div className={classes.event}>
          <Icon
            size={16}
            role="img"
            aria-label={isFaulty ? 'has arrived, and needs a look' : arrived ? 'has arrived' : 'has not arrived'}
            className={classes.eventSign}
            data-arrived={arrived || undefined}
            data-kind={isFaulty ? kind : undefined}
          />
          <span>{row.event}</span>
          {row.rare && (
            <Badge
              variant="default"
              size="sm"
              radius="sm"
              tt="none"
              fw={400}
              title="It seldom happens, so it may not come for weeks."
            >
              rare
            </Badge>
          )}
        </div>
      </th>
      <td className={parts.nowrap}>
        {row.last_at ? (
          <>
            <Age at={row.last_at} /> ago
          </>
        ) : (
          <span className={parts.dim}>Never</span>
        )}
      </td>
      <td data-number>{number(row.in_24_hours)}</td>
      <td data-number data-wide>
        {number(row.total)}
      </td>
      <td data-number data-wide>
        {row.median_delay_ms == null ? '–' : duration(row.median_delay_ms)}
      </td>
      <td data-wide>
        <Spark byHour={row.by_hour} />
      </td>
      {reasons && (
        <td data-wide className={classes.eventCause} data-kind={kind}>
          {reasonOf(row)}
        </td>
      )}
    </tr>
  );
}

/** The eleven events in the order of the set-up. */
export function Events({ events }: { events: EventRow[] }) {
  const arrived = events.filter(({ total }) => total > 0).length;
  const reasons = events.some(({ cause }) => cause);
  return (
    <Card title={`Events: ${arrived} of ${events.length} have arrived`}>
      <TableFrame label="Events">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Last received</th>
            <th scope="col" data-number>
              24 h
            </th>
            <th scope="col" data-number data-wide>
              Total
            </th>
            <th scope="col" data-number data-wide>
              Median delay
            </th>
            <th scope="col" data-wide>
              Last 24 hours
            </th>
            {reasons && (
              <th scope="col" data-wide>
                Why
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {events.map((row) => (
            <Event key={row.event} row={row} reasons={reasons} />
          ))}
        </tbody>
      </TableFrame>
    </Card>
  );
}
