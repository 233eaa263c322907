import type { Ring } from '../lib/health';
import classes from './Mark.module.css';

/** Lengths of strokes and gaps along a ring of 100, beginning at the dot (two o'clock). */
const RINGS: Record<Ring | 'logo', { dash?: string; offset?: number }> = {
  logo: { dash: '76 24', offset: -12 },
  live: {},
  behind: { dash: '75 25', offset: 0 },
  stale: { dash: '15 10', offset: 0 },
  first: { dash: '30 70', offset: 0 },
  none: { dash: '4 6', offset: 0 },
};

/** The mark: a thin ring with a reading on it at two o'clock. The same ring tells how fresh the data is. */
export function Mark({ ring = 'logo', size = 16 }: { ring?: Ring | 'logo'; size?: number }) {
  const { dash, offset } = RINGS[ring];
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" className={classes.mark}>
      {ring === 'first' && (
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.3" />
      )}
      <g className={ring === 'first' ? classes.turning : undefined}>
        <circle
          cx="8"
          cy="8"
          r="5.75"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinecap={ring === 'logo' ? 'round' : 'butt'}
          pathLength="100"
          strokeDasharray={dash}
          strokeDashoffset={offset}
          transform="rotate(-30 8 8)"
        />
        {ring !== 'none' && <circle cx="12.98" cy="5.13" r="1.9" fill="currentColor" />}
      </g>
    </svg>
  );
}
