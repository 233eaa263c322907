import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../api/session';
import { useNow } from '../lib/clock';
import { age, browserZone, fullTime, time } from '../lib/format';

/** The workspace's time zone; before a session is known, the browser's. */
export function useZone(): string {
  const { data } = useQuery(sessionQuery);
  return data?.workspace.zone ?? browserZone();
}

/** A moment in the workspace's zone; hovering shows the date and the zone. */
export function Time({ at, seconds = false }: { at: string | Date; seconds?: boolean }) {
  const zone = useZone();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at, zone)}>
      {time(at, zone, { seconds })}
    </time>
  );
}

/** How long ago a moment was ("4 min"), kept up to date; hovering shows the moment. */
export function Age({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at, zone)}>
      {age(at, now)}
    </time>
  );
}
