import type { SyncView } from '../../../api/types';
import { useNow } from '../../../lib/clock';
import { percent } from '../../../lib/format';
import { firstSyncSentence, limitWords } from '../../../lib/health';
import { LiveProgress } from '../../../ui/LiveProgress';
import { StatusLabel } from '../../../ui/StatusLabel';
import { useZone } from '../../../ui/Time';
import classes from './sync.module.css';
import { passFraction, timeLeft } from './words';

/** Why nothing seems to happen. */
function LimitWait({ view }: { view: SyncView }) {
  const words = limitWords(view.connection.activity, useZone(), useNow());
  if (!words) return null;
  return (
    <StatusLabel kind="warn">
      <span className={classes.plain}>{words}.</span>
    </StatusLabel>
  );
}

/** What all requests wait for, if they do, and the bar of a pass over everything. */
export function PassProgress({ view }: { view: SyncView }) {
  return (
    <>
      <LimitWait view={view} />
      <PassBar view={view} />
    </>
  );
}

/** With what is left of it. Nothing while only changes are read. */
function PassBar({ view }: { view: SyncView }) {
  const zone = useZone();
  const now = useNow(10_000);
  const fraction = passFraction(view);
  if (fraction === null) return null;
  const label = view.connection.first_sync ? 'First sync' : 'Reading everything';
  const left = timeLeft(view, now);
  return (
    <div className={classes.pass}>
      <div className={classes.passHead}>
        <strong>
          {label} {percent(fraction)}
        </strong>
        <span className={classes.dim}>{left ?? firstSyncSentence(view.connection, zone)}</span>
      </div>
      <LiveProgress label={label} fraction={fraction} />
      {left && <div className={classes.dim}>{firstSyncSentence(view.connection, zone)}. You can close this page.</div>}
    </div>
  );
}
