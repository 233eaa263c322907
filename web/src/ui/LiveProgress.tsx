import { Progress, VisuallyHidden } from '@mantine/core';
import { percent } from '../lib/format';

/** A bar that moves all the time and is read aloud only at each quarter. */
export function LiveProgress({ label, fraction }: { label: string; fraction: number }) {
  const quarter = Math.floor(fraction * 4) / 4;
  return (
    <>
      <Progress.Root size={6} radius="xl">
        <Progress.Section value={fraction * 100} aria-label={label} aria-valuetext={percent(fraction)} />
      </Progress.Root>
      <VisuallyHidden role="status">{quarter > 0 ? `${label}: ${percent(quarter)}` : ''}</VisuallyHidden>
    </>
  );
}
