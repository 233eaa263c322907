import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useSavedWarnings } from '../../api/connect';
import { connectionQuery, RENEW } from '../../api/connections';
import { usePermission } from '../../api/session';
import { syncQuery } from '../../api/sync';
import type { ConnectionDetail } from '../../api/types';
import { webhookQuery } from '../../api/webhook';
import { quoted } from '../../lib/format';
import { ButtonLink } from '../../ui/ButtonLink';
import { Loaded } from '../../ui/Loaded';
import { LoadingLines } from '../../ui/Loading';
import { Notice } from '../../ui/Notice';
import { AsOf } from './as-of';
import { CallbackUrl } from './callback-url';
import { useConnectionId } from './layout';
import { Card, Line } from './parts';
import classes from './parts.module.css';
import { CountSentence } from './sync/counts';
import { PausedNotice } from './sync/paused';
import { PassProgress } from './sync/progress';
import { StatusLine } from './webhook/status';

/** What the agent's view leaves out: totals are wrong without it, though every row matches. */
function Restrictions({ detail }: { detail: ConnectionDetail }) {
  if (detail.restrictions.length === 0) return null;
  return (
    <Notice kind="warn" title={`Totals cover only what ${detail.agent ?? 'the agent'} may see.`}>
      {detail.restrictions.map((sentence) => (
        <Line key={sentence}>{sentence}</Line>
      ))}
    </Notice>
  );
}

function Warnings({ id }: { id: number }) {
  return useSavedWarnings(id).map(({ step, title, sentence, advice }) => (
    <Notice key={step} kind="warn" title={quoted(`${title}: ${sentence}`)}>
      {advice && quoted(advice)}
    </Notice>
  ));
}

function Data({ detail }: { detail: ConnectionDetail }) {
  const sync = useQuery(syncQuery(detail.id));
  return (
    <Card
      title="Data"
      actions={
        <ButtonLink
          to="/integrations/halopsa/$connection/sync"
          params={{ connection: detail.id }}
          variant="default"
          size="xs"
        >
          See sync
        </ButtonLink>
      }
    >
      <div className={classes.stack}>
        <Line>
          <AsOf {...detail} />
        </Line>
        <Loaded query={sync} loading={<LoadingLines lines={2} />}>
          {(view) => (
            <>
              <PassProgress view={view} />
              <CountSentence view={view} />
            </>
          )}
        </Loaded>
      </div>
    </Card>
  );
}

function Webhook({ detail, next }: { detail: ConnectionDetail; next: boolean }) {
  const webhook = useQuery({ ...webhookQuery(detail.id), ...RENEW });
  const mayManage = usePermission('manage_webhooks');
  const isFaulty = detail.webhook.trouble != null;
  const setUp = next && mayManage;
  return (
    <Card
      title="Webhook"
      actions={
        <ButtonLink
          to="/integrations/halopsa/$connection/webhook"
          params={{ connection: detail.id }}
          variant={setUp || isFaulty ? 'filled' : 'default'}
          size="xs"
        >
          {setUp ? 'Set up the webhook' : isFaulty ? 'Look at the webhook' : 'See webhook'}
        </ButtonLink>
      }
    >
      <div className={classes.stack}>
        <CallbackUrl detail={detail} oldEndsAt={webhook.data?.old_ends_at} />
        {setUp && detail.callback_url && (
          <ol className={classes.next} aria-label="What to do next">
            <li>Copy the callback URL.</li>
            <li>Set up the webhook in HaloPSA with it; the steps are on the next page.</li>
            <li>Watch the events arrive. You need not wait for the first sync.</li>
          </ol>
        )}
        <Loaded query={webhook} loading={<LoadingLines lines={2} />}>
          {(view) => <StatusLine view={view} />}
        </Loaded>
      </div>
    </Card>
  );
}

export function Page() {
  const id = useConnectionId();
  const { data: detail } = useSuspenseQuery(connectionQuery(id));
  const next = detail.webhook.events_arrived === 0 && detail.activity.activity !== 'paused';
  return (
    <div className={classes.stack}>
      <PausedNotice detail={detail} />
      <Warnings id={id} />
      <div className={classes.two}>
        <Webhook detail={detail} next={next} />
        <Data detail={detail} />
      </div>
      <Restrictions detail={detail} />
    </div>
  );
}
