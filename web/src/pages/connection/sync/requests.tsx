import type { RequestMeter } from '../../../api/types';
import { count, duration, number } from '../../../lib/format';
import { Card, Line } from '../parts';
import classes from './sync.module.css';
import { kindOfUse } from './words';

function span(seconds: number): string {
  return duration(seconds * 1000);
}

/** How much of HaloPSA's request limit is used, by what, and what stays free. */
export function Requests({ requests }: { requests: RequestMeter }) {
  const { used, limit, usable, window_s, reserve_percent, learned_limit, paused_for_s, by_use } = requests;
  const uses = by_use.filter((use) => use.requests > 0);
  const words =
    used == null
      ? `How many of ${number(limit)} were used is not known while the connection starts`
      : `${number(used)} of ${number(limit)} in the last ${span(window_s)}`;
  return (
    <Card title="Requests">
      <div className={classes.meterWords}>{words}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: the browsers' own meter cannot show a mark, and looks different in each */}
      <div
        className={classes.meter}
        role="meter"
        aria-label="Requests used"
        aria-valuenow={used ?? undefined}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuetext={words}
      >
        <div
          className={classes.meterUsed}
          data-kind={kindOfUse(requests)}
          style={{ width: `${Math.min(100, ((used ?? 0) / Math.max(1, limit)) * 100)}%` }}
        />
        <div className={classes.meterMark} style={{ left: `${Math.min(100, (usable / Math.max(1, limit)) * 100)}%` }} />
      </div>
      <Line dim>
        We keep {reserve_percent} % free for your other integrations: the mark at {number(usable)}.
      </Line>
      {learned_limit != null && (
        <Line>
          HaloPSA refused earlier than set, so we now count with {count(learned_limit, 'request')} in {span(window_s)}.
        </Line>
      )}
      {paused_for_s != null && paused_for_s > 0 && (
        <Line>HaloPSA asked us to slow down. We continue in {span(paused_for_s)}; nothing is lost.</Line>
      )}
      {uses.length > 0 && (
        <ul className={classes.uses} aria-label="Used by">
          {uses.map(({ use, requests: times }) => (
            <li key={use}>
              <span>{use}</span>
              <span>{number(times)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
