import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../api/health';
import type { HealthView } from '../api/types';
import { useNow } from '../lib/clock';
import { useCopy } from '../lib/copy';
import { age, quoted } from '../lib/format';
import { supportReport } from '../lib/health-report';
import { ErrorState } from '../ui/ErrorState';
import { Loaded } from '../ui/Loaded';
import { LoadingCard } from '../ui/Loading';
import { PageHeader } from '../ui/PageHeader';
import { StatusLabel } from '../ui/StatusLabel';
import classes from './health.module.css';
import { HealthConnections } from './health-connections';
import { HealthFacts } from './health-facts';

function Checks({ checks }: { checks: HealthView['checks'] }) {
  return (
    <section className={classes.area} aria-labelledby="checks">
      <h2 className={classes.title} id="checks">
        Checks
      </h2>
      <ul className={classes.checks}>
        {checks.map(({ name, ok, sentence }) => (
          <li key={name} className={classes.check}>
            <div className={classes.state}>
              <StatusLabel kind={ok ? 'good' : 'bad'}>{ok ? 'OK' : 'Not OK'}</StatusLabel>
            </div>
            <div className={classes.checkName}>{name}</div>
            <div className={classes.sentence}>{quoted(sentence)}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CopyReport({ view }: { view: HealthView }) {
  const { state, copy } = useCopy();
  const words = { idle: 'Copy for support', copied: 'Copied', failed: 'Not copied' }[state];
  return (
    <Button
      variant="default"
      leftSection={state === 'copied' ? <IconCheck size={16} /> : <IconCopy size={16} />}
      onClick={() => void copy(supportReport(view, new Date()))}
    >
      <span role="status">{words}</span>
    </Button>
  );
}

function summary(checks: HealthView['checks']): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  if (failed === 0) return 'All checks are OK.';
  return failed === 1 ? 'One check is not OK.' : `${failed} checks are not OK.`;
}

/** How old what is shown is: it grows when the server no longer answers. */
function Seen({ at }: { at: number }) {
  const now = useNow();
  return <>Read {age(at, now)} ago, again every 10 s.</>;
}

export function Page() {
  const health = useQuery(healthQuery);
  const view = health.data;
  return (
    <>
      <PageHeader
        title="Health"
        about={
          view ? (
            <>
              {summary(view.checks)} <Seen at={health.dataUpdatedAt} />
            </>
          ) : (
            'How this installation itself stands.'
          )
        }
        actions={view && <CopyReport view={view} />}
      />
      {view && health.isError && (
        <div className={classes.failed}>
          <ErrorState error={health.error} onRetry={() => void health.refetch()} />
        </div>
      )}
      <Loaded query={health} loading={<LoadingCard height={320} />}>
        {(shown) => (
          <div className={classes.areas}>
            <Checks checks={shown.checks} />
            <HealthFacts view={shown} />
            <HealthConnections connections={shown.connections} />
          </div>
        )}
      </Loaded>
    </>
  );
}
