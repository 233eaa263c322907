import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy } from 'react';
import { connectionQuery } from '../../api/connections';
import { usePermission } from '../../api/session';
import type { ConnectionDetail } from '../../api/types';
import { Time } from '../../ui/Time';
import { useConnectionId } from './layout';
import { Card, Line } from './parts';
import classes from './parts.module.css';
import { toast } from './toast';

// Who may only look loads no form; the wait for it is the page's.
const ConnectionForm = lazy(() => import('./form/ConnectionForm').then((form) => ({ default: form.ConnectionForm })));

/** For who may look, and not change. */
function Values({ detail }: { detail: ConnectionDetail }) {
  const { secret_saved_at: at, secret_saved_by: by } = detail;
  return (
    <Card title="Connection">
      <dl className={classes.facts}>
        <dt>Auth URL</dt>
        <dd>{detail.auth_url}</dd>
        <dt>Resource URL</dt>
        <dd>{detail.resource_url}</dd>
        <dt>Tenant</dt>
        <dd>{detail.tenant || 'None (self-hosted)'}</dd>
        <dt>Client ID</dt>
        <dd>{detail.client_id}</dd>
        <dt>Client Secret</dt>
        <dd>
          Saved {at && <Time at={at} />}
          {by && ` by ${by}`}
        </dd>
      </dl>
      <div style={{ height: 12 }} />
      <Line dim>Your role may look at these values. An administrator can change them.</Line>
    </Card>
  );
}

export function Page() {
  const id = useConnectionId();
  const { data: detail } = useSuspenseQuery(connectionQuery(id));
  const mayManage = usePermission('manage_connections');
  const navigate = useNavigate();
  if (!mayManage) return <Values detail={detail} />;
  return (
    <ConnectionForm
      key={id}
      detail={detail}
      onSaved={() => {
        toast('Saved. The next sync has begun.');
        void navigate({ to: '/integrations/halopsa/$connection/overview', params: { connection: id } });
      }}
    />
  );
}
