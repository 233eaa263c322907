import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { WebhookView } from '../../../api/types';
import { Card, Line } from '../parts';

const ProtectionForm = lazy(() => import('./ProtectionForm'));

type Kind = WebhookView['protection'];

const NOW: Record<Kind, string> = {
  address: 'Posts need the secret in the address, and nothing else.',
  basic: 'Posts need the secret in the address, and a name and password (Basic).',
  signature: 'Posts need the secret in the address, and a signature of their body.',
};

/** What posts must carry beside the secret in their address. */
export function Protection({ id, protection }: { id: number; protection: Kind }) {
  const [open, setOpen] = useState(false);
  return (
    <Card
      title="Protection"
      actions={
        !open && (
          <Button variant="default" size="xs" onClick={() => setOpen(true)}>
            Change
          </Button>
        )
      }
    >
      {open ? (
        <Suspense>
          {/* It starts from what is now: ‘Create it for me’ may change the protection while it is open. */}
          <ProtectionForm key={protection} id={id} protection={protection} onDone={() => setOpen(false)} />
        </Suspense>
      ) : (
        <Line dim>{NOW[protection]}</Line>
      )}
    </Card>
  );
}
