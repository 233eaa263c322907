import { Button } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import { usePermission, useSample, useSession } from '../api/session';
import { ButtonLink } from '../ui/ButtonLink';
import { Choice } from '../ui/Choice';
import { EmptyState } from '../ui/EmptyState';
import { ErrorState } from '../ui/ErrorState';
import { HaloLogo } from '../ui/HaloLogo';
import classes from './home.module.css';

/** The two ways to have something to look at. */
export function FirstSteps() {
  const mayConnect = usePermission('manage_connections');
  const sample = useSample('start');
  // The demo without a connection: its HaloPSA is the sample already.
  const hasSample = Boolean(useSession().sample);
  if (!mayConnect) {
    return (
      <EmptyState title="HaloPSA is not connected yet">
        Only an administrator can connect it. Ask one to do so; this page then shows it by itself.
      </EmptyState>
    );
  }
  return (
    <div className={classes.choices}>
      <Choice
        icon={<HaloLogo />}
        title="Connect HaloPSA"
        action={<ButtonLink to="/integrations/halopsa/new">Connect HaloPSA</ButtonLink>}
      >
        {hasSample
          ? 'A simulated HaloPSA waits to be connected. The form fills in its five values at a click, or you type them.'
          : 'You need the address of your HaloPSA, and an API application with client ID and secret. Haloscope only reads.'}
      </Choice>
      {!hasSample && (
        <Choice
          icon={<IconFlask size={32} stroke={1.4} />}
          title="Explore with sample data"
          action={
            <>
              <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
                Explore with sample data
              </Button>
              {sample.isError && <ErrorState error={sample.error} />}
            </>
          }
        >
          A simulated HaloPSA runs beside Haloscope and changes all the time. Every page says so until you remove it.
        </Choice>
      )}
    </div>
  );
}
