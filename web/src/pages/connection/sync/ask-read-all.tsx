import { Button, Group, Modal } from '@mantine/core';
import { useStartSync } from '../../../api/sync';
import type { SyncStarted, SyncView } from '../../../api/types';
import { count, duration } from '../../../lib/format';
import { ErrorState } from '../../../ui/ErrorState';
import { Prose } from '../../../ui/Prose';
import { estimate } from './words';

interface AskProps {
  view: SyncView;
  onClose: () => void;
  onStarted: (started: SyncStarted) => void;
}

export default function AskReadAll({ view, onClose, onStarted }: AskProps) {
  const start = useStartSync(view.connection.id);
  const { requests, ms } = estimate(view.entities, view.requests);
  const minutes = Math.max(1, Math.round(ms / 60_000)) * 60_000;
  return (
    <Modal opened onClose={onClose} title="Re-read everything?">
      <Prose>
        <p>
          About {count(requests, 'request')}, {duration(minutes)}. Existing data stays visible.
        </p>
        <p>
          This is seldom needed: each sync proves by itself that nothing is missing. It helps after values were changed
          in HaloPSA's database directly, past its API.
        </p>
      </Prose>
      {start.isError && <ErrorState error={start.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={start.isPending} onClick={() => start.mutate({ full: true }, { onSuccess: onStarted })}>
          Re-read everything
        </Button>
      </Group>
    </Modal>
  );
}
