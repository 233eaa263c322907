import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';

interface Props {
  icon?: ReactNode;
  /** What is not there, and why. */
  title: string;
  children?: ReactNode;
  /** What to do about it. */
  action?: ReactNode;
}

/** In place of a list or a figure that has nothing to show: the reason, never a bare 0. */
export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <div className={classes.empty}>
      {icon && <div className={classes.icon}>{icon}</div>}
      <p className={classes.title}>{title}</p>
      {children && <div className={classes.text}>{children}</div>}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}
