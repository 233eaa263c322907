import { useQuery } from '@tanstack/react-query';
import { syncQuery } from '../../api/sync';
import type { EntityRow, SyncView } from '../../api/types';
import { count, number, quoted } from '../../lib/format';
import { ButtonLink } from '../../ui/ButtonLink';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { Age, Time } from '../../ui/Time';
import { useConnectionId } from './layout';
import { Card, Line, TableFrame } from './parts';
import classes from './parts.module.css';

function Kind({ row }: { row: EntityRow }) {
  return (
    <tr>
      <td>{row.title}</td>
      <td data-number>{number(row.here)}</td>
      <td data-number data-wide className={classes.dim}>
        {row.finished_at ? (
          <>
            <Age at={row.finished_at} /> ago
          </>
        ) : (
          '–'
        )}
      </td>
      <td>{quoted(row.proof ?? row.reason ?? '') || <span className={classes.dim}>Not compared yet</span>}</td>
    </tr>
  );
}

/** How many kinds are copied, and what the others are. */
function kindsWords(kept: number, all: number): string {
  if (kept === all) return count(kept, 'kind of record', 'kinds of records');
  return `${kept} of ${all} kinds of records (${all - kept === 1 ? 'one is' : `${all - kept} are`} off, see Sync)`;
}

function Kinds({ view }: { view: SyncView }) {
  const { as_of } = view.connection;
  const kept = view.entities.filter(({ state, here }) => state !== 'off' || here > 0);
  if (kept.every(({ here }) => here === 0)) {
    return (
      <EmptyState
        title="No rows are here yet."
        action={
          <ButtonLink
            to="/integrations/halopsa/$connection/sync"
            params={{ connection: view.connection.id }}
            variant="default"
          >
            See sync
          </ButtonLink>
        }
      >
        The first sync reads each kind of record once; rows appear here as they are read.
      </EmptyState>
    );
  }
  return (
    <Card title="What is copied">
      <Line dim>
        {kindsWords(kept.length, view.entities.length)}
        {as_of && ', as of '}
        {as_of && <Time at={as_of} seconds />}. HaloPSA stays the place where they are changed. Dashboards on this data
        come with a later version.
      </Line>
      <div style={{ height: 12 }} />
      <TableFrame label="What is copied">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col" data-number>
              Rows here
            </th>
            <th scope="col" data-number data-wide>
              Checked
            </th>
            <th scope="col">How we know that it is complete</th>
          </tr>
        </thead>
        <tbody>
          {kept.map((row) => (
            <Kind key={row.table} row={row} />
          ))}
        </tbody>
      </TableFrame>
    </Card>
  );
}

export function Page() {
  const query = useQuery(syncQuery(useConnectionId()));
  return (
    <Loaded query={query} loading={<LoadingCard height={420} />}>
      {(view) => <Kinds view={view} />}
    </Loaded>
  );
}
