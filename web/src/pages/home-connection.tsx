import { useQuery } from '@tanstack/react-query';
import { connectionQuery } from '../api/connections';
import { usePermission } from '../api/session';
import type { ConnectionSummary, WebhookStatusWord } from '../api/types';
import { quoted } from '../lib/format';
import { activityWords, connectionWords, firstSyncSentence } from '../lib/health';
import { ButtonLink } from '../ui/ButtonLink';
import { HaloLogo } from '../ui/HaloLogo';
import { LiveProgress } from '../ui/LiveProgress';
import { StatusLabel } from '../ui/StatusLabel';
import { Age, Time, useZone } from '../ui/Time';
import classes from './home.module.css';

type Tab = 'sync' | 'webhook' | 'overview' | 'connection';

interface NextStep {
  text: string;
  tab: Tab;
  button: string;
  primary?: boolean;
}

/** The one thing worth doing next, the most urgent first. */
function nextStep(connection: ConnectionSummary, webhook: WebhookStatusWord | undefined, mayManage: boolean): NextStep {
  const { health, activity, first_sync } = connection;
  if (health.health === 'failing') {
    const text = [health.error ?? 'The last sync failed.', health.advice].filter(Boolean).join(' ');
    return {
      text: quoted(text),
      tab: mayManage ? 'connection' : 'sync',
      button: mayManage ? 'Check the connection' : 'See sync',
      primary: true,
    };
  }
  if (activity.activity === 'paused') {
    return { text: 'The sync is paused, so the data grows older.', tab: 'sync', button: 'See sync', primary: true };
  }
  if (webhook === 'no_data' && mayManage) {
    return {
      text: 'No webhook has arrived from this HaloPSA. With one, changes are here within seconds instead of at the next sync.',
      tab: 'webhook',
      button: 'Set up the webhook',
      primary: true,
    };
  }
  if (first_sync)
    return { text: 'The first sync reads everything once. You can close this page.', tab: 'sync', button: 'See sync' };
  if (health.health === 'needs_attention') {
    const text = `${health.attention === 1 ? 'One kind of record is' : `${health.attention} kinds of records are`} not complete.`;
    return { text, tab: 'sync', button: 'See which', primary: true };
  }
  if (webhook === 'partial' || webhook === 'no_data_4_days') {
    return { text: 'Some webhooks are missing.', tab: 'webhook', button: 'See webhook', primary: true };
  }
  return { text: 'Nothing to do: data is arriving.', tab: 'overview', button: 'See the connection' };
}

const WEBHOOK_WORDS = {
  successful: { kind: 'good', text: 'Arriving' },
  partial: { kind: 'warn', text: 'Some are missing' },
  no_data: { kind: 'unknown', text: 'None arrived yet' },
  no_data_4_days: { kind: 'warn', text: 'None for 4 days' },
} as const;

function Facts({ connection, webhook }: { connection: ConnectionSummary; webhook: WebhookStatusWord | undefined }) {
  const zone = useZone();
  return (
    <dl className={classes.facts}>
      <dt>Now</dt>
      <dd>{activityWords(connection.activity, zone)}</dd>
      <dt>Data as of</dt>
      <dd>
        {connection.as_of ? (
          <>
            <Time at={connection.as_of} seconds />{' '}
            <span className={classes.dim}>
              (<Age at={connection.as_of} /> ago)
            </span>
          </>
        ) : (
          'No sync has finished yet'
        )}
      </dd>
      <dt>Webhook</dt>
      <dd>
        {webhook ? (
          <StatusLabel kind={WEBHOOK_WORDS[webhook].kind}>{WEBHOOK_WORDS[webhook].text}</StatusLabel>
        ) : (
          <span className={classes.dim}>…</span>
        )}
      </dd>
    </dl>
  );
}

export function ConnectionOverview({ connection }: { connection: ConnectionSummary }) {
  const zone = useZone();
  const mayManage = usePermission('manage_connections');
  const webhook = useQuery(connectionQuery(connection.id)).data?.webhook.status;
  const state = connectionWords(connection, zone);
  const next = nextStep(connection, webhook, mayManage);
  const first = firstSyncSentence(connection, zone);
  return (
    <section className={classes.card} aria-label={connection.name}>
      <div className={classes.head}>
        <HaloLogo />
        <div>
          <h2 className={classes.name}>{connection.name}</h2>
          <div className={classes.address}>{connection.is_sample ? 'HaloPSA, simulated' : connection.resource_url}</div>
          <StatusLabel kind={state.kind}>{state.text}</StatusLabel>
        </div>
      </div>
      {connection.first_sync && (
        <div className={classes.progress}>
          <LiveProgress label="First sync" fraction={connection.first_sync.fraction} />
          <div className={classes.address}>{first}</div>
        </div>
      )}
      <Facts connection={connection} webhook={webhook} />
      <div className={classes.next}>
        <div className={classes.nextText}>{next.text}</div>
        <ButtonLink
          to={`/integrations/halopsa/$connection/${next.tab}`}
          params={{ connection: connection.id }}
          variant={next.primary ? 'filled' : 'default'}
        >
          {next.button}
        </ButtonLink>
      </div>
    </section>
  );
}
