import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import classes from './Tabs.module.css';

interface Tab {
  title: string;
  /** The path, filled in already. */
  href: string;
}

/** At which edges tabs are out of view. */
function useEdges(bar: React.RefObject<HTMLElement | null>) {
  const [edges, setEdges] = useState('');
  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    const look = () => {
      const rest = element.scrollWidth - element.clientWidth - element.scrollLeft;
      setEdges([element.scrollLeft > 1 && 'before', rest > 1 && 'after'].filter(Boolean).join(' '));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, [bar]);
  return edges;
}

/** Tabs that are pages: each has its own address, so they are links in a navigation. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const path = useLocation({ select: (location) => location.pathname });
  const bar = useRef<HTMLElement>(null);
  const edges = useEdges(bar);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path has another tab
  useEffect(() => {
    // On a phone not all fit: the one that is open is brought into view, sideways only.
    const open = bar.current?.querySelector<HTMLElement>('[aria-current]');
    if (bar.current && open)
      bar.current.scrollLeft = open.offsetLeft - (bar.current.clientWidth - open.offsetWidth) / 2;
  }, [path]);
  return (
    <nav ref={bar} aria-label={label} className={classes.tabs} data-more={edges}>
      {tabs.map(({ title, href }) => (
        <Link key={href} to={href} className={classes.tab} aria-current={path === href ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
