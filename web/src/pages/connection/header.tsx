import { IconPlayerPause, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useRef } from 'react';
import { usePermission } from '../../api/session';
import type { Activity, ConnectionDetail } from '../../api/types';
import { webhookQuery } from '../../api/webhook';
import { inSentence, quoted } from '../../lib/format';
import { activityWords, healthWords } from '../../lib/health';
import { causeWords } from '../../lib/trouble';
import { ButtonLink } from '../../ui/ButtonLink';
import { Notice } from '../../ui/Notice';
import { StatusLabel } from '../../ui/StatusLabel';
import { useZone } from '../../ui/Time';
import classes from './header.module.css';
import { StepList } from './step-list';
import { isAboutSecret, isUnfinished, stepsOf } from './steps';

/** Healthy syncs do not say that webhooks arrive: on every tab, as long as they do not. */
function Trouble({ detail: { id, webhook } }: { detail: ConnectionDetail }) {
  const trouble = causeWords(webhook.trouble);
  if (!trouble) return null;
  return (
    <Link to="/integrations/halopsa/$connection/webhook" params={{ connection: id }} className={classes.label}>
      <StatusLabel kind={trouble.kind}>Webhook: {inSentence(trouble.text)}</StatusLabel>
    </Link>
  );
}

/** Health (how the last result was) and activity (what happens now): two labels, because both are true at once. */
export function Labels({ detail }: { detail: ConnectionDetail }) {
  const zone = useZone();
  const health = healthWords(detail.health, zone);
  const Icon = detail.activity.activity === 'paused' ? IconPlayerPause : IconRefresh;
  return (
    <div className={classes.labels}>
      <span className={classes.label}>
        <StatusLabel kind={health.kind}>{health.text}</StatusLabel>
      </span>
      <span className={classes.label}>
        <Icon size={15} stroke={1.8} aria-hidden="true" className={classes.icon} />
        {activityWords(detail.activity, zone)}
      </span>
      <Trouble detail={detail} />
      <span className={classes.address}>{detail.is_sample ? 'HaloPSA, simulated' : detail.resource_url}</span>
    </div>
  );
}

const RUNNING: Activity[] = ['starting', 'syncing', 'reading_all', 'comparing'];

/** What went wrong and what to do, on every page of a connection that fails. */
export function Failure({ detail }: { detail: ConnectionDetail }) {
  const mayManage = usePermission('manage_connections');
  const { health, error, advice } = detail.health;
  if (health !== 'failing' || !error) return null;
  if (RUNNING.includes(detail.activity.activity)) {
    return (
      <div className={classes.failure}>
        <Notice kind="warn" title={`The sync before failed: ${quoted(error)}`}>
          Another one runs now. This goes away when it succeeds.
        </Notice>
      </div>
    );
  }
  const secret = isAboutSecret(error);
  return (
    <div className={classes.failure}>
      <Notice kind="bad" title={quoted(error)}>
        {advice && quoted(advice)}
        {mayManage && secret && (
          <div className={classes.failureAction}>
            <ButtonLink
              to="/integrations/halopsa/$connection/connection"
              params={{ connection: detail.id }}
              hash="client_secret"
              variant="default"
              size="xs"
            >
              Enter a new Client Secret
            </ButtonLink>
          </div>
        )}
        {!mayManage && ' Ask an administrator to look at the connection.'}
      </Notice>
    </div>
  );
}

/** How far the set-up is; on the next page after its end it is gone. */
export function StepBar({ detail }: { detail: ConnectionDetail }) {
  // Each tab is a page: what has ended stays, all ticks, for whoever looks on, so that the page does not jump.
  const page = useLocation({ select: ({ pathname }) => pathname });
  return <Steps key={page} detail={detail} />;
}

function Steps({ detail }: { detail: ConnectionDetail }) {
  const wasShown = useRef(false);
  // Only while it is open which events are missing.
  const unsure = detail.webhook.status === 'partial' || detail.webhook.status === 'no_data_4_days';
  const events = useQuery({ ...webhookQuery(detail.id), enabled: unsure });
  if (unsure && events.isPending) return null;
  const steps = stepsOf(detail, events.data?.events);
  wasShown.current ||= isUnfinished(steps);
  if (!wasShown.current) return null;
  return (
    <StepList
      steps={steps}
      wrap={({ tab }, words) => (
        <Link
          to={`/integrations/halopsa/$connection/${tab}`}
          params={{ connection: detail.id }}
          className={classes.stepWords}
        >
          {words}
        </Link>
      )}
    />
  );
}
