import type { ReactNode } from 'react';
import classes from './tab.module.css';

/** Above a tab's table: what it is, and its one action. */
export function TabBar({ about, children }: { about: string; children?: ReactNode }) {
  return (
    <div className={classes.bar}>
      <p className={classes.about}>{about}</p>
      {children}
    </div>
  );
}
