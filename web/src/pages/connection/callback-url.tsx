import { Button, Group } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { usePermission } from '../../api/session';
import type { ConnectionDetail } from '../../api/types';
import { CopyField } from '../../ui/CopyField';
import { Time } from '../../ui/Time';
import { Line } from './parts';

const AskRotate = lazy(() => import('./ask-rotate'));

interface Props {
  detail: ConnectionDetail;
  oldEndsAt?: string | null | undefined;
}

/** What is entered in HaloPSA as Payload URL. Its presence says that the connection was successful. */
export function CallbackUrl({ detail, oldEndsAt }: Props) {
  const mayManage = usePermission('manage_webhooks');
  const [asking, setAsking] = useState(false);
  if (!mayManage) {
    return <Line dim>Your role does not show the callback URL, because whoever knows it can post to it.</Line>;
  }
  if (!detail.callback_url) return <Line dim>Save the connection first; the callback URL appears here.</Line>;
  return (
    <div>
      <CopyField
        label="Webhook callback URL"
        description="HaloPSA posts every change to this address. Enter it there as Payload URL."
        value={detail.callback_url}
      />
      <Group gap="sm" mt={6}>
        <Button variant="subtle" size="compact-sm" onClick={() => setAsking(true)}>
          Rotate…
        </Button>
        {oldEndsAt && (
          <span>
            The address before is accepted until <Time at={oldEndsAt} />.
          </span>
        )}
      </Group>
      <Suspense>{asking && <AskRotate id={detail.id} onClose={() => setAsking(false)} />}</Suspense>
    </div>
  );
}
