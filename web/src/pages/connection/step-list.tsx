import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './header.module.css';
import type { Step } from './steps';

type Shown = Pick<Step, 'title' | 'state' | 'says'>;

interface Props<S extends Shown> {
  steps: readonly S[];
  /** What a step leads to, around its words. */
  wrap?: (step: S, words: ReactNode) => ReactNode;
}

/** The steps of setting up, and how far each is. */
export function StepList<S extends Shown>({ steps, wrap }: Props<S>) {
  return (
    <ol className={classes.steps} aria-label="Set-up">
      {steps.map((step, at) => {
        const words = (
          <>
            <span className={classes.number}>{at + 1}</span> <span className={classes.stepTitle}>{step.title}</span>{' '}
            {step.says === '✓' ? (
              <IconCheck size={15} stroke={2.4} role="img" aria-label="done" className={classes.says} />
            ) : (
              <span className={classes.saysText}>{step.says}</span>
            )}
          </>
        );
        return (
          <li key={step.title} className={classes.step} data-state={step.state}>
            {wrap ? wrap(step, words) : <span className={classes.stepWords}>{words}</span>}
          </li>
        );
      })}
    </ol>
  );
}
