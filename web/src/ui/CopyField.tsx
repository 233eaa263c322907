import { Button, Input, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useId, useRef } from 'react';
import { useCopy } from '../lib/copy';
import classes from './CopyField.module.css';

interface Props {
  label: string;
  value: string;
  description?: string;
}

const SAYS = { idle: '', copied: 'Copied', failed: 'Not copied. The text is selected: press Ctrl+C.' };

/** A value that somebody carries elsewhere: read-only, copied with one click. */
export function CopyField({ label, value, description }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { state, copy } = useCopy();
  const onCopy = async () => {
    if (!(await copy(value))) input.current?.select();
  };
  return (
    <Input.Wrapper id={id} label={label} description={description} error={state === 'failed' ? SAYS.failed : undefined}>
      <div className={classes.row}>
        <input
          ref={input}
          id={id}
          className={classes.value}
          value={value}
          readOnly
          spellCheck={false}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          className={classes.button}
          variant="default"
          onClick={onCopy}
          aria-label={`Copy ${label}`}
          leftSection={state === 'copied' ? <IconCheck size={15} /> : <IconCopy size={15} />}
        >
          {state === 'copied' ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <VisuallyHidden role="status">{state === 'copied' ? SAYS.copied : ''}</VisuallyHidden>
    </Input.Wrapper>
  );
}
