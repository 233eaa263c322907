import { Button, Group, Modal } from '@mantine/core';
import { useRotate } from '../../api/webhook';
import { ErrorState } from '../../ui/ErrorState';
import { Prose } from '../../ui/Prose';
import { toast } from './toast';

export default function AskRotate({ id, onClose }: { id: number; onClose: () => void }) {
  const rotate = useRotate(id);
  const onDone = () => {
    toast('There is a new callback URL. Enter it in HaloPSA within the hour.');
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Make a new callback URL?">
      <Prose>
        <p>
          Do this when the address has become known to somebody who should not post to it. The present address is
          accepted for one hour more; until then enter the new one as Payload URL of the webhook in HaloPSA.
        </p>
      </Prose>
      {rotate.isError && <ErrorState error={rotate.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button color="bad" loading={rotate.isPending} onClick={() => rotate.mutate(undefined, { onSuccess: onDone })}>
          Make a new one
        </Button>
      </Group>
    </Modal>
  );
}
