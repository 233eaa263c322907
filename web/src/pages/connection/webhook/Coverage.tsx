import { Progress } from '@mantine/core';
import type { WebhookView } from '../../../api/types';
import { count } from '../../../lib/format';
import { Age, Time } from '../../../ui/Time';
import { Card } from '../parts';
import classes from './webhook.module.css';
import { coverageWords, pollingWords } from './words';

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function Family({ of }: { of: WebhookView['coverage'][number] }) {
  return (
    <div className={classes.family}>
      <div className={classes.familyHead}>
        <strong>{capital(of.family)}</strong>
        <span>{coverageWords(of)}</span>
      </div>
      {of.happened > 0 ? (
        <Progress value={(of.announced / of.happened) * 100} size={6} aria-label={`${of.family}: changes announced`} />
      ) : (
        <div className={classes.noBar} />
      )}
      <div className={classes.familyFoot}>{pollingWords(of) || '\u00a0'}</div>
    </div>
  );
}

/** What polling saw beside the webhook: posts of other events, posts that were turned away, changes that nobody announced. */
function Evidence({ view }: { view: WebhookView }) {
  const { unannounced, unannounced_count, unannounced_before, first_at, unknown, refused } = view;
  return (
    <ul className={classes.evidence}>
      {unannounced_count > 0 && (
        <li>
          {count(unannounced_count, 'record')} whose last change no event announced:{' '}
          {unannounced
            .slice(0, 5)
            .map(({ family, record, says }) => `${family.replace(/s$/, '')} #${record} (${says})`)
            .join(', ')}
          {unannounced_count > Math.min(5, unannounced.length) ? ' …' : '.'}
        </li>
      )}
      {unannounced_before > 0 && first_at && (
        <li>
          {count(unannounced_before, 'record')} whose last change was before the first event arrived, at{' '}
          <Time at={first_at} />.
        </li>
      )}
      {refused.map(({ status, source, times, last_at }) => (
        <li key={`${status} ${source}`}>
          {count(times, 'request')} turned away with {status}, from {source}, the last <Age at={last_at} /> ago.
        </li>
      ))}
      {unknown.map(({ words, times, last_at }) => (
        <li key={words}>
          Event “{words}” came {count(times, 'time')}, the last <Age at={last_at} /> ago. It is kept, and not needed.
        </li>
      ))}
    </ul>
  );
}

/** How much of what happened HaloPSA told us. */
export function Coverage({ view }: { view: WebhookView }) {
  if (view.coverage.length === 0) return null;
  const more =
    view.unannounced_count + view.unannounced_before > 0 || view.unknown.length > 0 || view.refused.length > 0;
  return (
    <Card title="Changes announced in the last 24 hours">
      <div className={classes.families}>
        {view.coverage.map((family) => (
          <Family key={family.family} of={family} />
        ))}
      </div>
      {more && <Evidence view={view} />}
    </Card>
  );
}
