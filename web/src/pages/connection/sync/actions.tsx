import { lazy, Suspense, useState } from 'react';
import { usePermission, useSession } from '../../../api/session';
import { useCompareCounts, usePause, useStartSync } from '../../../api/sync';
import type { SyncStarted, SyncView } from '../../../api/types';
import { serverNow } from '../../../lib/clock';
import { age } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import parts from '../parts.module.css';
import { toast } from '../toast';

const AskReadAll = lazy(() => import('./ask-read-all'));

const EARLY = 'The first sync reads and compares everything. Wait for its end.';

/** "A sync is already running, started 12 s ago by you". */
export function startedWords(started: SyncStarted, me: string | undefined, now: number): string {
  if (!started.already_running) return 'A sync has begun.';
  const at = started.started_at ? `, started ${age(started.started_at, now)} ago` : '';
  const by = started.started_by ? ` by ${started.started_by === me ? 'you' : started.started_by}` : '';
  return `A sync is already running${at}${by}.`;
}

/** What a person can have done now. */
export function SyncActions({ view }: { view: SyncView }) {
  const { id, activity } = view.connection;
  const { user } = useSession();
  const maySync = usePermission('sync');
  const mayManage = usePermission('manage_connections');
  const start = useStartSync(id);
  const compare = useCompareCounts(id);
  const pause = usePause(id);
  const [asking, setAsking] = useState(false);
  const paused = activity.activity === 'paused';
  const first = Boolean(view.connection.first_sync);
  const blocked = !maySync
    ? 'Your role may not start a sync. Ask an administrator.'
    : paused
      ? 'The sync is paused. Resume it first.'
      : null;
  const onStarted = (started: SyncStarted) => {
    setAsking(false);
    toast(startedWords(started, user?.display_name, serverNow()));
  };
  const error = start.error ?? compare.error ?? pause.error;
  return (
    <>
      <div className={parts.actions}>
        <ActionButton
          variant={paused || first ? 'default' : 'filled'}
          blocked={blocked}
          loading={start.isPending}
          onClick={() => start.mutate({ full: false }, { onSuccess: onStarted })}
        >
          Sync changes now
        </ActionButton>
        <ActionButton
          variant="default"
          blocked={blocked ?? (view.counts.running ? 'Counts are being compared already.' : first ? EARLY : null)}
          loading={compare.isPending}
          onClick={() =>
            compare.mutate(undefined, {
              onSuccess: () => toast('Counts are being compared. The result appears below.'),
            })
          }
        >
          Compare counts
        </ActionButton>
        <ActionButton variant="default" blocked={blocked ?? (first ? EARLY : null)} onClick={() => setAsking(true)}>
          Re-read everything…
        </ActionButton>
        {mayManage && !paused && (
          <ActionButton variant="subtle" loading={pause.isPending} onClick={() => pause.mutate('pause')}>
            Pause
          </ActionButton>
        )}
      </div>
      {error && <ErrorState error={error} />}
      <Suspense>{asking && <AskReadAll view={view} onClose={() => setAsking(false)} onStarted={onStarted} />}</Suspense>
    </>
  );
}
