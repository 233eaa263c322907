import { Button, Group } from '@mantine/core';
import { IconCircleXFilled, IconCopy, IconRefresh } from '@tabler/icons-react';
import { useCopy } from '../lib/copy';
import classes from './ErrorState.module.css';
import { details, tell } from './problem';

interface Props {
  error: unknown;
  /** Absent where trying again is what the form's own button does. */
  onRetry?: () => void;
}

/** What happened, what to do, and what support needs. Read aloud when it appears. */
export function ErrorState({ error, onRetry }: Props) {
  const { message, advice, code, requestId } = tell(error);
  const { state, copy } = useCopy();
  const copyWords = { idle: 'Copy details', copied: 'Copied', failed: 'Not copied' }[state];
  return (
    <div className={classes.error} role="alert">
      <IconCircleXFilled size={18} aria-hidden="true" className={classes.icon} />
      <div className={classes.body}>
        <p className={classes.message}>{message}</p>
        {advice && <p className={classes.advice}>{advice}</p>}
        <p className={classes.code}>
          Code {code}
          {requestId && `, request ${requestId}`}
        </p>
        <Group gap="xs" mt="xs">
          {onRetry && (
            <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
              Retry
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            leftSection={<IconCopy size={14} />}
            onClick={() => void copy(details(error))}
          >
            {copyWords}
          </Button>
        </Group>
      </div>
    </div>
  );
}
