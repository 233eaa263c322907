import { type ReactNode, type Ref, useId } from 'react';
import classes from './parts.module.css';

interface CardProps {
  title: string;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
  /** For links that lead to this part of the page; it then takes the focus. */
  titleRef?: Ref<HTMLHeadingElement>;
}

/** A part of a page with its own heading. */
export function Card({ title, actions, children, titleRef }: CardProps) {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={id}>
      <div className={classes.cardHead}>
        <h2 id={id} ref={titleRef} tabIndex={titleRef ? -1 : undefined} className={classes.cardTitle}>
          {title}
        </h2>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** A table that scrolls inside its card; reachable by keyboard, else it could not be scrolled with it. */
export function TableFrame({ label, above, children }: { label: string; above?: ReactNode; children: ReactNode }) {
  return (
    <>
      {above && <div className={classes.above}>{above}</div>}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area has to take the focus to be scrolled by keyboard */}
      <div className={classes.frame} role="group" aria-label={label} tabIndex={0}>
        <table className={classes.table}>{children}</table>
      </div>
    </>
  );
}

export function Dim({ children }: { children: ReactNode }) {
  return <span className={classes.dim}>{children}</span>;
}

export function Line({ children, dim = false }: { children: ReactNode; dim?: boolean }) {
  return <p className={dim ? `${classes.line} ${classes.dim}` : classes.line}>{children}</p>;
}
