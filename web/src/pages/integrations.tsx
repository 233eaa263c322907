import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { connectionQuery, RENEW, useConnections } from '../api/connections';
import { usePermission } from '../api/session';
import type { ConnectionSummary } from '../api/types';
import { activityWords, connectionWords, firstSyncSentence } from '../lib/health';
import { matches } from '../lib/match';
import { ActionButton } from '../ui/ActionButton';
import { ButtonLink } from '../ui/ButtonLink';
import { EmptyState } from '../ui/EmptyState';
import { HaloLogo } from '../ui/HaloLogo';
import { Loaded } from '../ui/Loaded';
import { LoadingCard } from '../ui/Loading';
import { PageHeader } from '../ui/PageHeader';
import { StatusLabel } from '../ui/StatusLabel';
import { Age, useZone } from '../ui/Time';
import classes from './integrations.module.css';

function ConnectionCard({ connection }: { connection: ConnectionSummary }) {
  const zone = useZone();
  const webhook = useQuery({ ...connectionQuery(connection.id), ...RENEW }).data?.webhook;
  const state = connectionWords(connection, zone, webhook);
  return (
    <Link
      to="/integrations/halopsa/$connection/overview"
      params={{ connection: connection.id }}
      className={classes.card}
      data-link
    >
      <HaloLogo />
      <div className={classes.body}>
        <h2 className={classes.name}>{connection.name}</h2>
        <div className={classes.dim}>{connection.is_sample ? 'HaloPSA, simulated' : connection.resource_url}</div>
        <div className={classes.state}>
          <StatusLabel kind={state.kind}>{state.text}</StatusLabel>
        </div>
        <div className={classes.dim}>
          {firstSyncSentence(connection, zone) ?? activityWords(connection.activity, zone)}
        </div>
        <div className={classes.dim}>
          {connection.as_of ? (
            <>
              Last sync <Age at={connection.as_of} /> ago
            </>
          ) : (
            'No sync has finished yet'
          )}
        </div>
      </div>
    </Link>
  );
}

/** HaloPSA while nothing is connected. */
function UnconnectedCard() {
  const mayConnect = usePermission('manage_connections');
  return (
    <section className={classes.card}>
      <HaloLogo />
      <div className={classes.body}>
        <h2 className={classes.name}>HaloPSA</h2>
        <div className={classes.dim}>Tickets, clients, agents, time, contracts and invoices.</div>
        <div className={classes.state}>
          <StatusLabel kind="unknown">Not connected</StatusLabel>
        </div>
        {mayConnect ? (
          <ButtonLink to="/integrations/halopsa/new" mt="xs">
            Connect HaloPSA
          </ButtonLink>
        ) : (
          <ActionButton mt="xs" blocked="Your role may not connect HaloPSA. Ask an administrator.">
            Connect HaloPSA
          </ActionButton>
        )}
      </div>
    </section>
  );
}

function Cards({ connections, typed }: { connections: ConnectionSummary[]; typed: string }) {
  const found = connections.filter(({ name }) => matches('HaloPSA', typed) || matches(name, typed));
  if (found.length === 0 && !matches('HaloPSA', typed)) {
    return (
      <EmptyState
        icon={<IconSearch size={28} stroke={1.4} />}
        title={`No integration named ‘${typed.trim()}’. Only HaloPSA is available in this version.`}
      />
    );
  }
  return (
    <div className={classes.cards}>
      {connections.length === 0 && <UnconnectedCard />}
      {found.map((connection) => (
        <ConnectionCard key={connection.id} connection={connection} />
      ))}
    </div>
  );
}

export function Page() {
  const connections = useConnections();
  const mayConnect = usePermission('manage_connections');
  const [typed, setTyped] = useState('');
  return (
    <>
      <PageHeader
        title="Integrations"
        about="Where Haloscope reads from."
        actions={
          mayConnect &&
          (connections.data?.length ?? 0) > 0 && (
            <ButtonLink to="/integrations/halopsa/new" variant="default">
              Connect another HaloPSA
            </ButtonLink>
          )
        }
      />
      <TextInput
        data-search
        type="search"
        aria-label="Search integrations"
        placeholder="Search integrations"
        leftSection={<IconSearch size={16} stroke={1.6} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={360}
        mb="md"
      />
      <Loaded query={connections} loading={<LoadingCard height={150} />}>
        {(list) => <Cards connections={list} typed={typed} />}
      </Loaded>
    </>
  );
}
