import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled, IconMinus } from '@tabler/icons-react';
import type { TestStep } from '../../../api/types';
import { number, quoted } from '../../../lib/format';
import classes from './form.module.css';

type State = TestStep['state'];

const SIGNS = {
  ok: IconCircleCheckFilled,
  warning: IconAlertTriangleFilled,
  failed: IconCircleXFilled,
  skipped: IconMinus,
};
const WORDS = { ok: 'passed', warning: 'passed, with a warning', failed: 'failed', skipped: 'not tried' };

function Sign({ state }: { state: State }) {
  const Icon = SIGNS[state];
  return <Icon size={17} role="img" aria-label={WORDS[state]} className={classes.sign} data-state={state} />;
}

function Records({ records }: { records: NonNullable<TestStep['records']> }) {
  return (
    <ul className={classes.records}>
      {records.map(({ table, title, state, count, sentence, advice }) => (
        <li key={table}>
          <Sign state={state} />
          <span className={classes.recordTitle}>{title}</span>
          <span className={classes.recordCount}>{count == null ? '' : number(count)}</span>
          {state !== 'ok' && (
            <span className={classes.recordText}>
              {quoted(sentence ?? '')}
              {advice && ` ${quoted(advice)}`}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What each of the five steps of reaching HaloPSA came to. */
export function Steps({ steps }: { steps: TestStep[] }) {
  return (
    <ol className={classes.steps}>
      {steps.map(({ step, title, state, sentence, advice, records }) => (
        <li key={step} data-state={state}>
          <Sign state={state} />
          <div className={classes.stepBody}>
            <div className={classes.stepTitle}>{title}</div>
            <div className={classes.stepText}>{quoted(sentence)}</div>
            {advice && <div className={classes.stepAdvice}>{quoted(advice)}</div>}
            {records && records.length > 0 && <Records records={records} />}
          </div>
        </li>
      ))}
    </ol>
  );
}
