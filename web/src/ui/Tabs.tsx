import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import classes from './Tabs.module.css';

interface Tab {
  title: string;
  /** The path, filled in already. */
  href: string;
}

/** Tabs that are pages: each has its own address, so they are links in a navigation. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const path = useLocation({ select: (location) => location.pathname });
  const bar = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path has another tab
  useEffect(() => {
    // On a phone not all fit: the one that is open is brought into view, sideways only.
    const open = bar.current?.querySelector<HTMLElement>('[aria-current]');
    if (bar.current && open)
      bar.current.scrollLeft = open.offsetLeft - (bar.current.clientWidth - open.offsetWidth) / 2;
  }, [path]);
  return (
    <nav ref={bar} aria-label={label} className={classes.tabs}>
      {tabs.map(({ title, href }) => (
        <Link key={href} to={href} className={classes.tab} aria-current={path === href ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
