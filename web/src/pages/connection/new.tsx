import { useNavigate } from '@tanstack/react-router';
import { usePermission } from '../../api/session';
import { EmptyState } from '../../ui/EmptyState';
import { PageHeader } from '../../ui/PageHeader';
import { ConnectionForm } from './form/ConnectionForm';
import { StepList } from './step-list';
import { toast } from './toast';

const FIRST_STEPS = [
  { title: 'Enter five values', state: 'now', says: '' },
  { title: 'First sync', state: 'later', says: 'by itself' },
  { title: 'Webhook', state: 'later', says: 'for changes within seconds' },
] as const;

export function Page() {
  const mayConnect = usePermission('manage_connections');
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="Connect HaloPSA" about="Haloscope reads everything once, and from then on what changes." />
      <StepList steps={FIRST_STEPS} />
      {mayConnect ? (
        <ConnectionForm
          detail={null}
          onSaved={({ connection: { id } }) => {
            toast('Connected. Copy the webhook callback URL next.');
            void navigate({ to: '/integrations/halopsa/$connection/overview', params: { connection: id } });
          }}
        />
      ) : (
        <EmptyState title="Your role may not connect HaloPSA.">Ask an administrator of this installation.</EmptyState>
      )}
    </>
  );
}
