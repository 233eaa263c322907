import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Mark } from './Mark';
import classes from './Open.module.css';

/** Around a page that may be read without a session, for somebody who has none. */
export function Open({ children }: { children: ReactNode }) {
  return (
    <>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.brand} aria-label="Haloscope, home">
          <Mark size={22} />
          <span className={classes.name}>Haloscope</span>
        </Link>
        <Link to="/sign-in" search={{ next: '/api/docs' }} className={classes.signIn}>
          Sign in
        </Link>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        {children}
      </main>
    </>
  );
}
