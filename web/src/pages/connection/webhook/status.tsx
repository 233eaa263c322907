import type { WebhookView } from '../../../api/types';
import { quoted } from '../../../lib/format';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Line } from '../parts';
import classes from './webhook.module.css';
import { statusKind, viewTrouble } from './words';

/** The exact words of the status, beside them what is wrong, and what that means here. */
export function StatusLine({ view }: { view: WebhookView }) {
  const trouble = viewTrouble(view);
  return (
    <div>
      <div className={classes.title}>
        <StatusLabel kind={statusKind(view)}>
          <span className={classes.titleWords}>{view.title}</span>
        </StatusLabel>
        {trouble && (
          <span className={classes.trouble} data-kind={trouble.kind}>
            {trouble.text}
          </span>
        )}
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
    <p className={classes.cause} data-kind={viewTrouble(view)?.kind}>
      {quoted(cause.sentence)}{' '}
      {cause.cause !== 'quiet' && (
        <button type="button" className={classes.stepsLink} onClick={onSteps}>
          Check the steps
        </button>
      )}
    </p>
  );
}
