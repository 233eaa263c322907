import { Button, SegmentedControl } from '@mantine/core';
import { type Ref, useState } from 'react';
import type { ConnectionDetail, KnockResult, WebhookView } from '../../../api/types';
import { useSendTest } from '../../../api/webhook';
import { quoted } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import { Notice } from '../../../ui/Notice';
import { useLong } from '../../../ui/useLong';
import { CallbackUrl } from '../callback-url';
import { Card, Line } from '../parts';
import { ByHand } from './ByHand';
import { Create } from './Create';
import { Protection } from './Protection';
import classes from './webhook.module.css';
import { closedStepsWords, viewTrouble } from './words';

function TestOutcome({ outcome: { reached, sentence } }: { outcome: KnockResult }) {
  if (!reached) return <Notice kind="bad" title={quoted(sentence)} />;
  return (
    <Notice kind="good" title="The test event reached us.">
      <Line dim>{quoted(sentence)}</Line>
    </Notice>
  );
}

function SendTest({ id }: { id: number }) {
  const send = useSendTest(id);
  const long = useLong(send.isPending);
  return (
    <div>
      <div className={classes.testRow}>
        <ActionButton variant="default" loading={send.isPending} onClick={() => send.mutate()}>
          Send test event
        </ActionButton>
        <Line dim>Goes out from this server and back in by the callback URL, as HaloPSA's posts do.</Line>
      </div>
      <div role="status">
        {long && <Line dim>The callback URL has not answered yet. After 10 s the test is given up.</Line>}
        {send.data && (
          <div className={classes.action}>
            <TestOutcome outcome={send.data} />
          </div>
        )}
      </div>
      {send.isError && <ErrorState error={send.error} />}
    </div>
  );
}

interface Props {
  detail: ConnectionDetail;
  view: WebhookView;
  /** The heading that "Check the steps" leads to. */
  titleRef: Ref<HTMLHeadingElement>;
  /** Whether the steps are shown: they are not when everything arrives. */
  open: boolean;
  onOpen: () => void;
}

export function Setup({ detail, view, titleRef, open, onOpen }: Props) {
  const [way, setWay] = useState<'hand' | 'create'>('hand');
  const address = (
    <Card title="Callback URL">
      <CallbackUrl detail={detail} oldEndsAt={view.old_ends_at} />
      <hr className={classes.rule} />
      <SendTest id={detail.id} />
    </Card>
  );
  const protection = <Protection id={detail.id} protection={view.protection} />;
  if (!open) {
    return (
      <div className={classes.setup}>
        {address}
        <div className={classes.side}>
          <Card
            title="Set it up"
            titleRef={titleRef}
            actions={
              <Button variant="default" size="xs" onClick={onOpen}>
                Show the steps
              </Button>
            }
          >
            <Line dim={viewTrouble(view) === null}>{closedStepsWords(view)}</Line>
          </Card>
          {protection}
        </div>
      </div>
    );
  }
  return (
    <div className={classes.setup}>
      <Card
        title="Set it up"
        titleRef={titleRef}
        actions={
          <SegmentedControl
            size="xs"
            value={way}
            onChange={(value) => setWay(value as typeof way)}
            aria-label="How the webhook is set up"
            data={[
              { value: 'hand', label: 'By hand' },
              { value: 'create', label: 'Create it for me' },
            ]}
          />
        }
      >
        {way === 'hand' ? (
          <ByHand id={detail.id} view={view} name={`Haloscope ${detail.name}`} />
        ) : (
          <Create id={detail.id} primary={view.status !== 'successful' || viewTrouble(view) !== null} />
        )}
      </Card>
      <div className={classes.side}>
        {address}
        {protection}
      </div>
    </div>
  );
}
