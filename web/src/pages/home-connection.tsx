import { useQuery } from '@tanstack/react-query';
import { connectionQuery, RENEW } from '../api/connections';
import { usePermission } from '../api/session';
import type { ConnectionDetail, ConnectionSummary } from '../api/types';
import { quoted } from '../lib/format';
import { activityWords, connectionWords, firstSyncSentence, type Words } from '../lib/health';
import { causeWords } from '../lib/trouble';
import { ButtonLink } from '../ui/ButtonLink';
import { HaloLogo } from '../ui/HaloLogo';
import { LiveProgress } from '../ui/LiveProgress';
import { StatusLabel } from '../ui/StatusLabel';
import { useZone } from '../ui/Time';
import { AsOf } from './connection/as-of';
import classes from './home.module.css';

type Tab = 'sync' | 'webhook' | 'overview' | 'connection';

interface NextStep {
  text: string;
  tab: Tab;
  button: string;
  primary?: boolean;
}

type Webhook = ConnectionDetail['webhook'];

/** The one thing worth doing next, the most urgent first. */
function nextStep(connection: ConnectionSummary, webhook: Webhook | undefined, mayManage: boolean): NextStep {
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
  const trouble = webhook?.trouble;
  if (trouble && trouble !== 'quiet') {
    return { text: TROUBLE[trouble], tab: 'webhook', button: 'Look at the webhook', primary: true };
  }
  if (webhook?.status === 'no_data' && mayManage) {
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
  if (webhook?.status === 'partial' || webhook?.status === 'no_data_4_days') {
    return {
      text: 'Nothing to do: HaloPSA has had no changes that the missing events would tell of.',
      tab: 'webhook',
      button: 'See webhook',
    };
  }
  return { text: 'Nothing to do: data is arriving.', tab: 'overview', button: 'See the connection' };
}

/** What is wrong with the webhook, and what that means until it is mended. */
const TROUBLE = {
  refused: 'Posts of the webhook are turned away, so changes are here only when they are polled.',
  stopped: 'The webhook has stopped, so changes are here only when they are polled.',
  set_up_wrongly: 'The webhook does not tell of all changes, so some are here only when they are polled.',
  never_confirmed: 'Events arrive, but HaloPSA confirms none of them when it is asked.',
} as const;

const WEBHOOK_WORDS: Record<Webhook['status'], Words> = {
  successful: { kind: 'good', text: 'Arriving' },
  partial: { kind: 'unknown', text: 'Some events have not arrived yet' },
  no_data: { kind: 'unknown', text: 'None arrived yet' },
  no_data_4_days: { kind: 'unknown', text: 'None for 4 days' },
};

function webhookWords({ status, trouble }: Webhook): Words {
  return causeWords(trouble) ?? WEBHOOK_WORDS[status];
}

function Facts({ connection, webhook }: { connection: ConnectionSummary; webhook: Webhook | undefined }) {
  const zone = useZone();
  const words = webhook && webhookWords(webhook);
  return (
    <dl className={classes.facts}>
      <dt>Now</dt>
      <dd>{activityWords(connection.activity, zone)}</dd>
      <dt>Data</dt>
      <dd>
        <AsOf {...connection} begin="As of" />
      </dd>
      <dt>Webhook</dt>
      <dd>
        {words ? <StatusLabel kind={words.kind}>{words.text}</StatusLabel> : <span className={classes.dim}>…</span>}
      </dd>
    </dl>
  );
}

export function ConnectionOverview({ connection }: { connection: ConnectionSummary }) {
  const zone = useZone();
  const mayManage = usePermission('manage_connections');
  const webhook = useQuery({ ...connectionQuery(connection.id), ...RENEW }).data?.webhook;
  const state = connectionWords(connection, zone, webhook);
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
