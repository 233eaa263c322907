import { Button, Group, Modal } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { Prose } from '../../ui/Prose';

/** Asks before a page with unsaved changes is left; closing the window asks in the browser's own words. */
export function LeaveGuard({ when }: { when: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => when && current.pathname !== next.pathname && next.pathname !== '/sign-in',
    enableBeforeUnload: () => when,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <Modal opened onClose={reset} title="Leave without saving?">
      <Prose>
        <p>What you changed on this page is not saved, and is lost when you leave it.</p>
      </Prose>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={reset} data-autofocus>
          Stay
        </Button>
        <Button color="bad" onClick={proceed}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
}
