import type { WebhookMade } from '../../../api/types';
import { useCreateWebhook } from '../../../api/webhook';
import { count } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import { Notice } from '../../../ui/Notice';
import { Asked } from '../asked';
import { Line } from '../parts';
import classes from './webhook.module.css';

function Made({ made }: { made: WebhookMade }) {
  const done = made.by_hand.length === 0;
  return (
    <Notice
      kind={done ? 'good' : 'warn'}
      title={`${made.created ? 'Made' : 'Found'} the webhook ‘${made.name}’ in HaloPSA${done ? '.' : ', but not all of it.'}`}
    >
      {made.mended.map((sentence) => (
        <Line key={sentence}>{sentence}</Line>
      ))}
      {made.added.length > 0 && <Line>Events added: {made.added.join(', ')}.</Line>}
      {made.by_hand.length > 0 && (
        <Line>Choose these by hand, because HaloPSA did not take them: {made.by_hand.join(', ')}.</Line>
      )}
    </Notice>
  );
}

/** Has HaloPSA make the webhook, and shows each request that was sent for it. */
export function Create({ id, primary }: { id: number; primary: boolean }) {
  const create = useCreateWebhook(id);
  return (
    <>
      <Line>
        Haloscope makes one webhook with the eleven events in HaloPSA, protected by a random Basic password. For this
        the agent needs the right to change HaloPSA's configuration for a moment; afterwards it can be taken away again.
        If the webhook is there already, it is mended.
      </Line>
      <div className={classes.action}>
        <ActionButton
          variant={primary ? 'filled' : 'default'}
          loading={create.isPending}
          onClick={() => create.mutate()}
        >
          Create it for me
        </ActionButton>
      </div>
      <div className={classes.asked}>
        <Asked id={id} pending={create.isPending} leave="it goes on if you leave this page." />
      </div>
      {create.isError && <ErrorState error={create.error} />}
      {create.data && (
        <>
          <div className={classes.action}>
            <Made made={create.data} />
          </div>
          <details className={classes.requests}>
            <summary>{count(create.data.requests.length, 'request')} sent, without passwords</summary>
            {create.data.requests.map(({ path, body }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the requests are a finished list in the order they were sent
              <div key={at}>
                <code className={classes.path}>POST {path}</code>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
                <pre className={classes.json} tabIndex={0}>
                  {JSON.stringify(body, null, 2)}
                </pre>
              </div>
            ))}
          </details>
        </>
      )}
    </>
  );
}
