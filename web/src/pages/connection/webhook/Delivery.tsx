import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deliveryQuery, useReplay } from '../../../api/deliveries';
import type { DeliveryDetail } from '../../../api/types';
import { duration, number } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import { Loaded } from '../../../ui/Loaded';
import { LoadingLines } from '../../../ui/Loading';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Time } from '../../../ui/Time';
import parts from '../parts.module.css';
import { toast } from '../toast';
import classes from './log.module.css';
import type { WebhookSearch } from './search';
import webhook from './webhook.module.css';
import { prettyJson, resultWords } from './words';

function Facts({ delivery }: { delivery: DeliveryDetail }) {
  const { kind, text } = resultWords(delivery);
  return (
    <dl className={parts.facts}>
      <dt>Result</dt>
      <dd>
        <StatusLabel kind={kind}>{text}</StatusLabel>
        {delivery.outcome && <div>{delivery.outcome}</div>}
      </dd>
      <dt>Arrived</dt>
      <dd>
        <Time at={delivery.arrived_at} seconds /> from {delivery.source}, answered {delivery.status}
        {delivery.repeats > 0 && `, came ${delivery.repeats + 1} times`}
      </dd>
      <dt>Record</dt>
      <dd>{delivery.record == null ? 'None named' : `#${delivery.record}`}</dd>
      <dt>Shown after</dt>
      <dd>{delivery.shown_after_ms == null ? 'Not shown yet' : duration(delivery.shown_after_ms)}</dd>
      <dt>Attempts</dt>
      <dd>
        {number(delivery.attempts)}
        {delivery.settled_at && (
          <>
            , settled <Time at={delivery.settled_at} seconds />
          </>
        )}
      </dd>
    </dl>
  );
}

function Content({ id, delivery }: { id: number; delivery: DeliveryDetail }) {
  const replay = useReplay(id);
  return (
    <div className={parts.stack}>
      <Facts delivery={delivery} />
      <div>
        <ActionButton
          variant="default"
          size="xs"
          loading={replay.isPending}
          blocked={delivery.result === 'waiting' ? 'It waits already to be followed.' : null}
          onClick={() => replay.mutate(delivery.number, { onSuccess: () => toast('The delivery is followed again.') })}
        >
          Replay
        </ActionButton>
        {replay.isError && <ErrorState error={replay.error} />}
      </div>
      <h3 className={classes.sub}>Body</h3>
      {delivery.body ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
        <pre className={webhook.json} tabIndex={0}>
          {prettyJson(delivery.body)}
        </pre>
      ) : (
        <p className={parts.line}>It is no longer kept.</p>
      )}
      {delivery.body_cut && <p className={parts.line}>The body was longer; its beginning is shown.</p>}
      <h3 className={classes.sub}>Headers, secrets hidden</h3>
      <dl className={classes.headers}>
        {Object.entries(delivery.headers).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** One delivery beside the list; it has its own address, so that it can be sent to somebody. */
export default function Delivery({
  id,
  number: delivery,
  search,
}: {
  id: number;
  number: number;
  search: WebhookSearch;
}) {
  const query = useQuery(deliveryQuery(id, delivery));
  const navigate = useNavigate();
  const { delivery: _, ...rest } = search;
  const close = () =>
    void navigate({
      to: '/integrations/halopsa/$connection/webhook',
      params: { connection: id },
      search: rest,
      resetScroll: false,
    });
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={640}
      title={`${query.data?.event ?? query.data?.words ?? 'Delivery'}, delivery ${delivery}`}
      closeButtonProps={{ 'aria-label': 'Close the delivery' }}
      transitionProps={{ duration: 120 }}
      // Its header would count as a second banner of the page.
      attributes={{ header: { role: 'presentation' } }}
    >
      <Loaded query={query} loading={<LoadingLines lines={8} />}>
        {(detail) => <Content id={id} delivery={detail} />}
      </Loaded>
    </Drawer>
  );
}
