import { Progress } from '@mantine/core';
import type { HealthView } from '../api/types';
import { useNow } from '../lib/clock';
import { bytes, duration, percent } from '../lib/format';
import { diskRoom, engineName } from '../lib/health-report';
import { StatusLabel } from '../ui/StatusLabel';
import { Time } from '../ui/Time';
import classes from './health.module.css';

const ROOMS = {
  enough: { kind: 'good', text: 'Enough room' },
  little: { kind: 'warn', text: 'Little room' },
  too_little: { kind: 'bad', text: 'Too little room' },
} as const;

function Disk({ disk }: { disk: NonNullable<HealthView['disk']> }) {
  const room = ROOMS[diskRoom(disk)];
  const used = disk.total_bytes > 0 ? 1 - disk.free_bytes / disk.total_bytes : 1;
  return (
    <>
      <div className={classes.disk}>
        <StatusLabel kind={room.kind}>{room.text}</StatusLabel>
        <span>
          {bytes(disk.free_bytes)} of {bytes(disk.total_bytes)} free
        </span>
      </div>
      <Progress.Root size={8} aria-hidden="true">
        <Progress.Section value={used * 100} color={room.kind === 'good' ? 'accent' : room.kind} />
      </Progress.Root>
      <div className={classes.dim}>
        {percent(used)} of the disk of {disk.folder} is used.
      </div>
    </>
  );
}

function Size({ engine, size_bytes }: { engine: string; size_bytes?: number | null | undefined }) {
  return (
    <>
      {engineName(engine)}
      <span className={classes.dim}>{size_bytes == null ? ', size unknown' : `, ${bytes(size_bytes)}`}</span>
    </>
  );
}

export function HealthFacts({ view }: { view: HealthView }) {
  const now = useNow();
  return (
    <section className={classes.area} aria-labelledby="installation">
      <h2 className={classes.title} id="installation">
        Installation
      </h2>
      <dl className={classes.facts}>
        <dt>Version</dt>
        <dd>{view.version}</dd>
        <dt>Runs for</dt>
        <dd>
          {duration(Math.max(now - Date.parse(view.started_at), 0))}
          <span className={classes.dim}>
            , since <Time at={view.started_at} />
          </span>
        </dd>
        <dt>Memory</dt>
        <dd>{view.process_memory_bytes == null ? 'Unknown on this system' : bytes(view.process_memory_bytes)}</dd>
        <dt>Store</dt>
        <dd>
          <Size {...view.store} />
        </dd>
        <dt>Warehouse</dt>
        <dd>
          <Size {...view.warehouse} />
        </dd>
        <dt>Disk</dt>
        <dd>{view.disk ? <Disk disk={view.disk} /> : 'Unknown on this system'}</dd>
        <dt>Listens at</dt>
        <dd>{view.listens_at}</dd>
        <dt>Public URL</dt>
        <dd>{view.public_url ?? 'None set'}</dd>
      </dl>
    </section>
  );
}
