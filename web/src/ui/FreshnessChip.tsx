import { Link } from '@tanstack/react-router';
import { useConnections } from '../api/connections';
import { useLine } from '../api/line';
import { useNow } from '../lib/clock';
import { age } from '../lib/format';
import { type Freshness, freshness } from '../lib/health';
import classes from './FreshnessChip.module.css';
import { Mark } from './Mark';

function useFreshness(): Freshness | null {
  const { data } = useConnections();
  const line = useLine();
  const now = useNow();
  if (!data) return null;
  const fresh = freshness(data, now);
  // Without the server nobody knows; what was true when it went away would count on as if it were.
  if (line.state === 'up') return fresh;
  return { ...fresh, ring: 'none', kind: 'unknown', text: `Unknown for ${age(line.since.getTime(), Date.now())}` };
}

/** How old the data is, on every page. Leads to the sync page of the connection that is furthest behind. */
export function FreshnessChip() {
  const fresh = useFreshness();
  if (!fresh) return null;
  const inside = (
    <>
      <Mark ring={fresh.ring} size={16} />
      <span className={classes.text}>{fresh.text}</span>
    </>
  );
  const shared = { className: classes.chip, 'data-kind': fresh.kind, 'aria-label': `Data: ${fresh.text}` } as const;
  if (fresh.connection === null) {
    return (
      <Link to="/integrations" {...shared}>
        {inside}
      </Link>
    );
  }
  return (
    <Link to="/integrations/halopsa/$connection/sync" params={{ connection: fresh.connection }} {...shared}>
      {inside}
    </Link>
  );
}
