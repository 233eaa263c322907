import { Button } from '@mantine/core';
import { usePermission } from '../../../api/session';
import { usePause } from '../../../api/sync';
import type { ConnectionSummary } from '../../../api/types';
import { ErrorState } from '../../../ui/ErrorState';
import { Notice } from '../../../ui/Notice';
import { useZone } from '../../../ui/Time';
import classes from './sync.module.css';
import { pausedWords } from './words';

/** Says whose decision it was, when, and what it does to the figures. */
export function PausedNotice({ detail }: { detail: ConnectionSummary }) {
  const mayManage = usePermission('manage_connections');
  const zone = useZone();
  const pause = usePause(detail.id);
  if (detail.activity.activity !== 'paused') return null;
  return (
    <Notice kind="info" title={pausedWords(detail, zone)}>
      Webhooks are kept meanwhile, and followed when the sync goes on.
      {pause.isError && <ErrorState error={pause.error} />}
      {mayManage && (
        <div className={classes.resume}>
          <Button size="xs" loading={pause.isPending} onClick={() => pause.mutate('resume')}>
            Resume
          </Button>
        </div>
      )}
    </Notice>
  );
}
