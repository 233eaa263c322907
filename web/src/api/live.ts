import { useEffect, useRef, useState } from 'react';
import { BASE } from './client';
import { setLine } from './line';
import { queryClient } from './query';
import type { ConnectionSummary, SyncView } from './types';

/** What arrives under which event name. */
export interface LiveEvents {
  connections: ConnectionSummary[];
  sync: SyncView;
  webhook: { newest_delivery: number; waiting: number };
  runs: { newest_run: number; outcome: string };
}

export type LiveHandlers = { [Name in keyof LiveEvents]?: (data: LiveEvents[Name]) => void };

const NAMES: (keyof LiveEvents)[] = ['connections', 'sync', 'webhook', 'runs'];
/** A restart of the server takes about so long; only a longer gap is worth telling. */
const GRACE_MS = 2000;
const AGAIN_MS = 2000;

interface Listener {
  event(name: keyof LiveEvents, data: unknown): void;
  up(up: boolean): void;
}

/**
 * One EventSource of one address, shared by everybody who listens to it. A browser has six connections to a server for all its
 * tabs, so a tab that nobody looks at holds none.
 */
class Stream {
  readonly listeners = new Set<Listener>();
  private source: EventSource | null = null;
  private timer: number | undefined;
  isUp = false;

  constructor(private readonly path: string) {
    document.addEventListener('visibilitychange', this.look);
    this.open();
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.look);
    this.rest();
  }

  private readonly look = (): void => {
    if (document.hidden) this.rest();
    else if (!this.source) this.open();
  };

  private rest(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private open(): void {
    const source = new EventSource(BASE + this.path);
    this.source = source;
    source.onopen = () => this.tell(true);
    source.onerror = () => this.onError(source);
    for (const name of NAMES) {
      source.addEventListener(name, (message) => {
        const data: unknown = JSON.parse((message as MessageEvent<string>).data);
        for (const listener of this.listeners) listener.event(name, data);
      });
    }
  }

  private onError(source: EventSource): void {
    window.clearTimeout(this.timer);
    // CLOSED: the answer was not a stream (signed out, starting, a proxy's error page); the browser has given up.
    const gaveUp = source.readyState === EventSource.CLOSED;
    if (gaveUp) void queryClient.invalidateQueries({ queryKey: ['session'] });
    this.timer = window.setTimeout(
      () => {
        this.tell(false);
        if (!gaveUp) return;
        this.source?.close();
        this.open();
      },
      gaveUp ? AGAIN_MS : GRACE_MS,
    );
  }

  private tell(up: boolean): void {
    if (up) window.clearTimeout(this.timer);
    this.isUp = up;
    setLine(up ? 'up' : 'down');
    for (const listener of this.listeners) listener.up(up);
  }
}

const streams = new Map<string, Stream>();

function listen(path: string, listener: Listener): () => void {
  const stream = streams.get(path) ?? new Stream(path);
  streams.set(path, stream);
  stream.listeners.add(listener);
  listener.up(stream.isUp);
  return () => {
    stream.listeners.delete(listener);
    if (stream.listeners.size > 0) return;
    stream.close();
    streams.delete(path);
  };
}

/**
 * Listens to a stream of the server and hands each event to its handler, which normally writes it into the query cache.
 * Answers whether the line is up. `null` listens to nothing.
 */
export function useLive(path: string | null, handlers: LiveHandlers): boolean {
  const latest = useRef(handlers);
  latest.current = handlers;
  const [up, setUp] = useState(false);
  useEffect(() => {
    if (path === null) return;
    return listen(path, {
      event: (name, data) => (latest.current[name] as ((data: unknown) => void) | undefined)?.(data),
      up: setUp,
    });
  }, [path]);
  return up;
}
