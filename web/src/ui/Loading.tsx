import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';

/** Grey lines where text or table rows will be, so that nothing jumps when they come. */
export function LoadingLines({ lines = 3, height = 16 }: { lines?: number; height?: number }) {
  return (
    <Stack gap="sm" aria-busy="true">
      <VisuallyHidden>Loading</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <Skeleton key={line} height={height} width={line === lines - 1 && lines > 1 ? '60%' : '100%'} />
      ))}
    </Stack>
  );
}

/** A grey block of a card's size. */
export function LoadingCard({ height = 120 }: { height?: number }) {
  return (
    <div aria-busy="true">
      <VisuallyHidden>Loading</VisuallyHidden>
      <Skeleton height={height} radius="md" />
    </div>
  );
}

/** While the code of a page is fetched. */
export function LoadingPage() {
  return (
    <Stack gap="lg" aria-busy="true">
      <VisuallyHidden>Loading</VisuallyHidden>
      <Skeleton height={28} width={220} />
      <Skeleton height={120} radius="md" />
    </Stack>
  );
}
