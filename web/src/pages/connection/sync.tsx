import { useQuery } from '@tanstack/react-query';
import { useSession } from '../../api/session';
import { syncQuery } from '../../api/sync';
import type { SyncView } from '../../api/types';
import { useNow } from '../../lib/clock';
import { age } from '../../lib/format';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { Notice } from '../../ui/Notice';
import { Age, Time } from '../../ui/Time';
import { AsOf } from './as-of';
import { useConnectionId } from './layout';
import { Card, Line } from './parts';
import classes from './parts.module.css';
import { SyncActions } from './sync/actions';
import { CountSentence } from './sync/counts';
import { Entities } from './sync/entities';
import { History } from './sync/history';
import { PausedNotice } from './sync/paused';
import { PassProgress } from './sync/progress';
import { Requests } from './sync/requests';
import sync from './sync/sync.module.css';

function Skeleton() {
  return (
    <div className={classes.stack}>
      <LoadingCard height={150} />
      <LoadingCard height={420} />
      <LoadingCard height={240} />
    </div>
  );
}

function Stale({ view }: { view: SyncView }) {
  const now = useNow(10_000);
  const { health, as_of } = view.connection;
  if (health.health !== 'stale' || !as_of) return null;
  return (
    <Notice kind="warn" title={`No sync has finished for ${age(as_of, now)}.`}>
      Dashboards show data as of <Time at={as_of} />. {health.error} {health.advice}
    </Notice>
  );
}

function Now({ view }: { view: SyncView }) {
  const { user } = useSession();
  return (
    <Card title="Sync">
      <div className={classes.stack}>
        <SyncActions view={view} />
        <PassProgress view={view} />
        <div>
          <Line>
            <AsOf {...view.connection} />
          </Line>
          {view.started_at && (
            <Line>
              A sync runs, started <Age at={view.started_at} /> ago
              {view.started_by && ` by ${view.started_by === user?.display_name ? 'you' : view.started_by}`}.
            </Line>
          )}
        </div>
        <CountSentence view={view} />
      </div>
    </Card>
  );
}

export function Page() {
  const id = useConnectionId();
  const query = useQuery(syncQuery(id));
  return (
    <Loaded query={query} loading={<Skeleton />}>
      {(view) => (
        <div className={classes.stack}>
          <PausedNotice detail={view.connection} />
          <Stale view={view} />
          <div className={sync.two}>
            <Now view={view} />
            <Requests requests={view.requests} />
          </div>
          <Entities entities={view.entities} />
          <History id={id} />
        </div>
      )}
    </Loaded>
  );
}
