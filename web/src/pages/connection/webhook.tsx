import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { connectionQuery, RENEW } from '../../api/connections';
import { usePermission } from '../../api/session';
import type { WebhookView } from '../../api/types';
import { webhookQuery } from '../../api/webhook';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { useConnectionId } from './layout';
import { Card, Line } from './parts';
import classes from './parts.module.css';
import { Coverage } from './webhook/Coverage';
import { Events } from './webhook/Events';
import { Log } from './webhook/Log';
import { Setup } from './webhook/Setup';
import { CauseLine, StatusLine } from './webhook/status';
import { viewTrouble } from './webhook/words';

const Delivery = lazy(() => import('./webhook/Delivery'));

function Skeleton() {
  return (
    <div className={classes.stack}>
      <LoadingCard height={110} />
      <LoadingCard height={420} />
      <LoadingCard height={360} />
    </div>
  );
}

function Webhook({ view }: { view: WebhookView }) {
  const id = useConnectionId();
  const { data: detail } = useSuspenseQuery(connectionQuery(id));
  const search = useSearch({ from: '/app/integrations/halopsa/$connection/webhook' });
  const mayManage = usePermission('manage_webhooks');
  const steps = useRef<HTMLHeadingElement>(null);
  // As it was when the page was opened: nothing moves away from somebody who follows the steps when the first event arrives.
  const [first] = useState(view.status === 'no_data');
  const [stepsOpen, setStepsOpen] = useState(view.status !== 'successful' || viewTrouble(view) !== null);
  const toSteps = () => {
    flushSync(() => setStepsOpen(true));
    steps.current?.scrollIntoView({ block: 'start', behavior: 'smooth' });
    steps.current?.focus({ preventScroll: true });
  };
  const status = (
    <Card title="Webhook status">
      <StatusLine view={view} />
      <CauseLine view={view} onSteps={toSteps} />
    </Card>
  );
  if (!mayManage) {
    return (
      <div className={classes.stack}>
        {status}
        <Coverage view={view} />
        <Events events={view.events} />
        <Card title="Set it up">
          <Line dim>
            Your role does not show the callback URL, the steps and the event log: whoever knows the address can post to
            it. Ask an administrator.
          </Line>
        </Card>
      </div>
    );
  }
  const setup = (
    <Setup detail={detail} view={view} titleRef={steps} open={stepsOpen} onOpen={() => setStepsOpen(true)} />
  );
  // Before anything has arrived the steps are what one comes for; afterwards, what has arrived.
  return (
    <div className={classes.stack}>
      {status}
      {first && setup}
      {!first && <Coverage view={view} />}
      <Events events={view.events} />
      {first && <Coverage view={view} />}
      {!first && setup}
      <Log id={id} view={view} search={search} />
      <Suspense>
        {search.delivery !== undefined && <Delivery id={id} number={search.delivery} search={search} />}
      </Suspense>
    </div>
  );
}

export function Page() {
  const query = useQuery({ ...webhookQuery(useConnectionId()), ...RENEW });
  return (
    <Loaded query={query} loading={<Skeleton />}>
      {(view) => <Webhook view={view} />}
    </Loaded>
  );
}
