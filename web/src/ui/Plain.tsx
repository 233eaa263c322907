import type { ReactNode } from 'react';
import { Mark } from './Mark';
import classes from './Plain.module.css';

/** A page without the shell: sign-in, links, and everything that happens before there is a session. */
export function Plain({ title, about, children }: { title: string; about?: ReactNode; children?: ReactNode }) {
  return (
    <main className={classes.main}>
      <title>{`${title} · Haloscope`}</title>
      <div className={classes.column}>
        <div className={classes.brand}>
          <Mark size={26} />
          <span>Haloscope</span>
        </div>
        <div className={classes.card}>
          <h1 className={classes.title}>{title}</h1>
          {about && <p className={classes.about}>{about}</p>}
          <div className={classes.body}>{children}</div>
        </div>
      </div>
    </main>
  );
}
