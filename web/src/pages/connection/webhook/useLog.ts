import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type DeliveryFilter, deliveriesQuery, newestDeliveriesQuery } from '../../../api/deliveries';
import { shownRows } from './rows';

/** Whether the reader has scrolled past a place of the page. */
function usePast(): [(node: HTMLElement | null) => void, boolean, () => void] {
  const [past, setPast] = useState(false);
  const node = useRef<HTMLElement | null>(null);
  const observer = useRef<IntersectionObserver | null>(null);
  const place = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    node.current = element;
    if (!element) return;
    observer.current = new IntersectionObserver(([entry]) => {
      if (entry) setPast(!entry.isIntersecting && entry.boundingClientRect.top < 60);
    });
    observer.current.observe(element);
  }, []);
  const goBack = () => node.current?.scrollIntoView({ block: 'center' });
  return [place, past, goBack];
}

export function useLog(id: number, filter: DeliveryFilter) {
  const loaded = useInfiniteQuery(deliveriesQuery(id, filter));
  const newest = useQuery(newestDeliveriesQuery(id, filter));
  const [topRef, past, goToTop] = usePast();
  const pages = loaded.data?.pages.flatMap((page) => page.deliveries) ?? [];
  const fresh = newest.data?.deliveries ?? [];
  const top = Math.max(pages[0]?.number ?? 0, fresh[0]?.number ?? 0);
  const [heldAt, setHeldAt] = useState<number | null>(null);
  // Held at what was on top when the reader left the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: later deliveries must not move the mark
  useEffect(() => {
    setHeldAt(past ? top : null);
  }, [past]);
  const shown = shownRows(pages, fresh, heldAt);
  const { refetch } = loaded;
  useEffect(() => {
    if (shown.gap && heldAt === null) void refetch();
  }, [shown.gap, heldAt, refetch]);
  return { loaded, shown, topRef, goToTop };
}
