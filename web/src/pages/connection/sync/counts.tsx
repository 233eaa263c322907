import type { SyncView } from '../../../api/types';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Time } from '../../../ui/Time';
import { Line } from '../parts';
import classes from './sync.module.css';
import { countWords, notReadWords } from './words';

/** "Counts compared 02:00: …": the proof that what is here is all there is. */
export function CountSentence({ view }: { view: SyncView }) {
  const { counts } = view;
  const { kind, text } = countWords(counts, view.entities.length, Boolean(view.connection.first_sync));
  const notRead = counts.pending === 0 ? notReadWords(view.entities) : null;
  return (
    <div className={classes.counts}>
      <StatusLabel kind={kind}>
        <span className={classes.plain}>
          {counts.at && (
            <>
              Counts compared <Time at={counts.at} />:{' '}
            </>
          )}
          {text}
          {counts.complete && '\u00a0✓'}
        </span>
      </StatusLabel>
      {notRead && <Line dim>{notRead}</Line>}
      {counts.running && (
        <Line dim>Every row of both sides is being compared now. Nothing on the dashboards changes meanwhile.</Line>
      )}
      {counts.asked && !counts.running && (
        <Line dim>
          Compared on request <Time at={counts.asked.at} />:{' '}
          {counts.asked.failed ??
            (counts.asked.differing.length === 0
              ? `all ${counts.asked.compared} kinds are the same.`
              : `${counts.asked.differing.join(', ')} differ; the next sync mends that.`)}
        </Line>
      )}
    </div>
  );
}
