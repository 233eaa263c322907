import type { WebhookView } from '../../../api/types';
import { quoted } from '../../../lib/format';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Line } from '../parts';
import classes from './webhook.module.css';
import { statusKind, viewKind } from './words';

/** The exact words of the status, and what they mean here. */
export function StatusLine({ view }: { view: WebhookView }) {
  return (
    <div>
      <div className={classes.title}>
        <StatusLabel kind={statusKind(view)}>
          <span className={classes.titleWords}>{view.title}</span>
        </StatusLabel>
      </div>
      <Line>{quoted(view.sentence)}</Line>
    </div>
  );
}

/** Which of the reasons it is. */
export function CauseLine({ view, onSteps }: { view: WebhookView; onSteps: () => void }) {
  const { cause } = view;
  if (!cause) return null;
  return (
    <p className={classes.cause} data-kind={viewKind(view) ?? undefined}>
      {quoted(cause.sentence)}{' '}
      {cause.cause !== 'quiet' && (
        <button type="button" className={classes.stepsLink} onClick={onSteps}>
          Check the steps
        </button>
      )}
    </p>
  );
}
