import { Anchor, Button } from '@mantine/core';
import { IconCloudOff, IconFlask } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useLine } from '../api/line';
import { usePermission, useSession } from '../api/session';
import classes from './Banners.module.css';
import { Time } from './Time';

const RemoveSample = lazy(() => import('./RemoveSample'));

/** Says that the server is gone, and how old what is shown is. */
export function LineBanner() {
  const line = useLine();
  return (
    <div role="status">
      {line.state !== 'up' && (
        <div className={classes.banner} data-kind="bad">
          <IconCloudOff size={18} stroke={1.6} aria-hidden="true" className={classes.icon} />
          <span>
            <strong>{line.state === 'starting' ? 'The server is starting.' : 'Cannot reach the server.'}</strong> Shown
            is the state of <Time at={line.since} seconds />. It is tried again by itself.
          </span>
        </div>
      )}
    </div>
  );
}

/** On every page while the figures are not real. */
export function SampleBanner() {
  const { sample } = useSession();
  const mayRemove = usePermission('manage_connections');
  const [asking, setAsking] = useState(false);
  if (!sample) return null;
  return (
    <div className={classes.banner} data-kind="info">
      <IconFlask size={18} stroke={1.6} aria-hidden="true" className={classes.icon} />
      <span>
        Sample data: a simulated HaloPSA that changes all the time.{' '}
        <Anchor href={sample.webhooks_url} target="_blank" rel="noopener" inherit underline="always">
          Open its webhook page
        </Anchor>
      </span>
      {!sample.demo && mayRemove && (
        <Button size="compact-sm" variant="default" className={classes.button} onClick={() => setAsking(true)}>
          Remove sample data
        </Button>
      )}
      <Suspense>{asking && <RemoveSample onClose={() => setAsking(false)} />}</Suspense>
    </div>
  );
}
