import type { ReactNode } from 'react';
import classes from './PageHeader.module.css';

interface Props {
  title: string;
  /** One or two sentences, or the state of what the page is about. */
  about?: ReactNode;
  /** At most one primary button. */
  actions?: ReactNode;
}

/** The only `h1` of a page; also names the browser's tab. */
export function PageHeader({ title, about, actions }: Props) {
  return (
    <header className={classes.header}>
      <title>{`${title} · Haloscope`}</title>
      <div className={classes.words}>
        <h1 className={classes.title}>{title}</h1>
        {about && <div className={classes.about}>{about}</div>}
      </div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}
