import { Button, Group, Modal } from '@mantine/core';
import { useSample } from '../api/session';
import { ErrorState } from './ErrorState';
import { Prose } from './Prose';

export default function RemoveSample({ onClose }: { onClose: () => void }) {
  const remove = useSample('remove');
  return (
    <Modal opened onClose={onClose} title="Remove sample data?">
      <Prose>
        <p>
          The simulated HaloPSA is stopped, and its connection with everything read from it is deleted. Your users and
          settings stay. Afterwards you can connect your own HaloPSA.
        </p>
      </Prose>
      {remove.isError && <ErrorState error={remove.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button color="bad" loading={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: onClose })}>
          Remove sample data
        </Button>
      </Group>
    </Modal>
  );
}
