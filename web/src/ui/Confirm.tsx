import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorState } from './ErrorState';
import { Prose } from './Prose';

interface Props {
  title: string;
  /** What will be so afterwards. */
  children: ReactNode;
  /** The verb of the button that does it. */
  verb: string;
  /** The button that does nothing. */
  keep?: string;
  harmless?: boolean;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot simply be taken back. */
export function Confirm({
  title,
  children,
  verb,
  keep = 'Cancel',
  harmless,
  pending,
  error,
  onConfirm,
  onClose,
}: Props) {
  return (
    <Modal opened onClose={onClose} title={title}>
      <Prose>{children}</Prose>
      {error != null && <ErrorState error={error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {keep}
        </Button>
        <Button color={harmless ? 'accent' : 'bad'} loading={pending} onClick={onConfirm}>
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}
