import type { ReactNode } from 'react';
import classes from './Choice.module.css';

interface Props {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action: ReactNode;
}

/** One of a few ways to go on. */
export function Choice({ icon, title, children, action }: Props) {
  return (
    <section className={classes.choice}>
      <div className={classes.icon}>{icon}</div>
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.text}>{children}</p>
      <div className={classes.action}>{action}</div>
    </section>
  );
}
