import type { SyncView } from '../../../api/types';
import { useNow } from '../../../lib/clock';
import { percent } from '../../../lib/format';
import { firstSyncSentence } from '../../../lib/health';
import { LiveProgress } from '../../../ui/LiveProgress';
import { useZone } from '../../../ui/Time';
import classes from './sync.module.css';
import { passFraction, timeLeft } from './words';

/** The bar of a pass over everything, with what is left of it. Nothing while only changes are read. */
export function PassProgress({ view }: { view: SyncView }) {
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
