import { Anchor } from '@mantine/core';
import { IconPlug } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { HealthView } from '../api/types';
import { number } from '../lib/format';
import { HEALTH_WORDS } from '../lib/health-report';
import { EmptyState } from '../ui/EmptyState';
import { type Column, RecordTable } from '../ui/RecordTable';
import { StatusLabel } from '../ui/StatusLabel';
import { Age } from '../ui/Time';
import classes from './health.module.css';

type Row = HealthView['connections'][number];

const COLUMNS: Column<Row>[] = [
  {
    title: 'Connection',
    kind: 'head',
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/integrations/halopsa/${id}/overview`} inherit>
        {name}
      </Anchor>
    ),
  },
  {
    title: 'Health',
    cell: ({ health }) => <StatusLabel kind={HEALTH_WORDS[health].kind}>{HEALTH_WORDS[health].text}</StatusLabel>,
  },
  {
    title: 'Data as of',
    cell: ({ as_of }) =>
      as_of ? (
        <>
          <Age at={as_of} /> ago
        </>
      ) : (
        <span className={classes.dim}>No sync has finished yet</span>
      ),
  },
  { title: 'Deliveries waiting', kind: 'number', cell: ({ deliveries_waiting }) => number(deliveries_waiting) },
  {
    title: 'Deliveries failed',
    kind: 'number',
    cell: ({ deliveries_dead }) =>
      deliveries_dead > 0 ? <StatusLabel kind="bad">{number(deliveries_dead)}</StatusLabel> : '0',
  },
];

export function HealthConnections({ connections }: { connections: Row[] }) {
  return (
    <section className={classes.wide} aria-labelledby="connections">
      <h2 className={classes.title} id="connections">
        Connections
      </h2>
      {connections.length === 0 ? (
        <EmptyState icon={<IconPlug size={28} stroke={1.4} />} title="Nothing is connected yet." />
      ) : (
        <RecordTable label="Health of each connection" rows={connections} columns={COLUMNS} keyOf={({ id }) => id} />
      )}
    </section>
  );
}
