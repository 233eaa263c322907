import { Anchor, Button, Checkbox } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconCheck, IconCopy, IconExternalLink } from '@tabler/icons-react';
import { useSession } from '../../../api/session';
import type { WebhookView } from '../../../api/types';
import { useCopy } from '../../../lib/copy';
import { CopyField } from '../../../ui/CopyField';
import classes from './webhook.module.css';
import { ticked } from './words';

function CopyName({ name }: { name: string }) {
  const { state, copy } = useCopy();
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      className={classes.copyName}
      aria-label={`Copy ${name}`}
      leftSection={state === 'copied' ? <IconCheck size={13} /> : <IconCopy size={13} />}
      onClick={() => copy(name)}
    >
      {{ idle: 'Copy', copied: 'Copied', failed: 'Failed' }[state]}
    </Button>
  );
}

function TickList({ id, view }: { id: number; view: WebhookView }) {
  const [byHand, setByHand] = useLocalStorage<string[]>({ key: `webhook-steps-${id}`, defaultValue: [] });
  const toggle = (event: string) =>
    setByHand((before) => (before.includes(event) ? before.filter((one) => one !== event) : [...before, event]));
  return (
    <ul className={classes.ticks} aria-label="The eleven events">
      {view.events.map((row) => (
        <li key={row.event}>
          <Checkbox
            size="xs"
            label={row.total > 0 ? `${row.event} (has arrived)` : row.event}
            checked={ticked(row, byHand)}
            disabled={row.total > 0}
            onChange={() => toggle(row.event)}
          />
          {row.total === 0 && <CopyName name={row.event} />}
        </li>
      ))}
    </ul>
  );
}

/** The steps in HaloPSA, word by word as its screens say. */
export function ByHand({ id, view, name }: { id: number; view: WebhookView; name: string }) {
  const { sample } = useSession();
  return (
    <>
      <ol className={classes.steps}>
        <li className={classes.step}>
          In HaloPSA open <b>Configuration › Integrations › Webhooks</b>.{' '}
          {sample && (
            <Anchor
              href={sample.webhooks_url}
              target="_blank"
              rel="noopener"
              underline="always"
              className={classes.simulated}
            >
              Open the simulated HaloPSA's webhook page <IconExternalLink size={14} aria-hidden="true" />
            </Anchor>
          )}
        </li>
        <li className={classes.step}>
          <b>New</b> opens the screen <b>New Webhook</b>. Fill in two fields; everything else stays default:
          <div className={classes.fields}>
            <CopyField label="Webhook Name" value={name} />
            {view.callback_url && <CopyField label="Payload URL" value={view.callback_url} />}
          </div>
        </li>
        <li className={classes.step}>
          <b>Add</b> opens <b>New Event</b>: choose from the <b>Event</b> drop-down. <b>Save</b> there returns.
        </li>
        <li className={classes.step}>
          Repeat for all eleven. Ticks are remembered here; events that have arrived tick themselves.
          <TickList id={id} view={view} />
        </li>
        <li className={classes.step}>
          <b>Save</b> keeps the configuration. Then come back here: this page shows each event as it arrives.
        </li>
      </ol>
      <p className={classes.note}>
        Newer HaloPSA: at <b>Configuration › Advanced Settings › Backend Services</b> tick <b>Use Event Service</b>,{' '}
        <b>Outgoing</b> and <b>Incoming</b>, else nothing is sent.
      </p>
    </>
  );
}
