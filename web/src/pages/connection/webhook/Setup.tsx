import { Button, SegmentedControl } from '@mantine/core';
import { type Ref, useState } from 'react';
import type { ConnectionDetail, WebhookView } from '../../../api/types';
import { useSendTest } from '../../../api/webhook';
import { quoted } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import { Notice } from '../../../ui/Notice';
import { CallbackUrl } from '../callback-url';
import { Card, Line } from '../parts';
import { ByHand } from './ByHand';
import { Create } from './Create';
import { Protection } from './Protection';
import classes from './webhook.module.css';

function SendTest({ id }: { id: number }) {
  const send = useSendTest(id);
  return (
    <div>
      <div className={classes.testRow}>
        <ActionButton variant="default" loading={send.isPending} onClick={() => send.mutate()}>
          Send test event
        </ActionButton>
        <Line dim>Goes out from this server and back in by the callback URL, as HaloPSA's posts do.</Line>
      </div>
      <div role="status">
        {send.data && (
          <div className={classes.action}>
            <Notice kind={send.data.reached ? 'good' : 'bad'} title={quoted(send.data.sentence)} />
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
            <Line dim>The webhook is set up. The steps are kept for looking something up.</Line>
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
          <Create id={detail.id} primary={view.status !== 'successful'} />
        )}
      </Card>
      <div className={classes.side}>
        {address}
        {protection}
      </div>
    </div>
  );
}
