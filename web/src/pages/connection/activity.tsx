import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { newestDeliveriesQuery } from '../../api/deliveries';
import { usePermission } from '../../api/session';
import { RUNS_SHOWN, runsQuery } from '../../api/sync';
import type { DeliveryRow, RunView } from '../../api/types';
import { count } from '../../lib/format';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorState } from '../../ui/ErrorState';
import { LoadingCard } from '../../ui/Loading';
import { StatusLabel } from '../../ui/StatusLabel';
import { Time } from '../../ui/Time';
import { useConnectionId } from './layout';
import { Card, Line, TableFrame } from './parts';
import classes from './parts.module.css';
import { OUTCOMES } from './sync/words';
import { timeline } from './timeline';
import { RESULTS } from './webhook/words';

const SHOWN = 60;

const RUN_WORDS: Record<RunView['kind'], string> = {
  first: 'First sync',
  sync: 'Sync: changes',
  full: 'Sync: everything',
};

function Run({ run }: { run: RunView }) {
  const { kind, text } = OUTCOMES[run.outcome];
  return (
    <>
      <td>
        {RUN_WORDS[run.kind]}
        {run.requests != null && <span className={classes.dim}>, {count(run.requests, 'request')}</span>}
      </td>
      <td>
        <StatusLabel kind={kind}>{text}</StatusLabel>
      </td>
    </>
  );
}

function Delivery({ id, row }: { id: number; row: DeliveryRow }) {
  const { kind, text } = RESULTS[row.result];
  return (
    <>
      <td>
        <Link
          to="/integrations/halopsa/$connection/webhook"
          params={{ connection: id }}
          search={{ delivery: row.number }}
          className={classes.linkButton}
        >
          Webhook: {row.event ?? row.words ?? 'unknown event'}
          {row.record != null && ` #${row.record}`}
        </Link>
      </td>
      <td>
        <StatusLabel kind={kind}>{text}</StatusLabel>
      </td>
    </>
  );
}

export function Page() {
  const id = useConnectionId();
  const mayManage = usePermission('manage_webhooks');
  const runs = useQuery(runsQuery(id, null, RUNS_SHOWN));
  const deliveries = useQuery({ ...newestDeliveriesQuery(id, {}), enabled: mayManage });
  const error = runs.error ?? deliveries.error;
  if (error && !runs.data) return <ErrorState error={error} onRetry={() => void runs.refetch()} />;
  if (!runs.data || (mayManage && deliveries.isPending)) return <LoadingCard height={420} />;
  const entries = timeline(runs.data, deliveries.data?.deliveries ?? [], SHOWN);
  return (
    <Card title="Latest activity">
      <Line dim>
        The newest syncs{mayManage && ' and webhooks'}, at most {SHOWN}. All runs with their logs are under Sync
        {mayManage && ', all webhooks with their contents under Webhook'}; who changed what is in the audit log.
      </Line>
      <div style={{ height: 12 }} />
      {entries.length === 0 ? (
        <EmptyState title="Nothing has happened yet." />
      ) : (
        <TableFrame label="Latest activity">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.key}>
                <td className={classes.nowrap}>
                  <Time at={entry.at} seconds />
                </td>
                {entry.run ? <Run run={entry.run} /> : <Delivery id={id} row={entry.delivery} />}
              </tr>
            ))}
          </tbody>
        </TableFrame>
      )}
    </Card>
  );
}
