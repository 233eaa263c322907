import { Button, NativeSelect, Skeleton, TextInput, VisuallyHidden } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import type { DeliveryFilter } from '../../../api/deliveries';
import { useReplay } from '../../../api/deliveries';
import type { DeliveryRow, WebhookView } from '../../../api/types';
import { count, duration, number } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { EmptyState } from '../../../ui/EmptyState';
import { ErrorState } from '../../../ui/ErrorState';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Time } from '../../../ui/Time';
import { Card, TableFrame } from '../parts';
import parts from '../parts.module.css';
import { toast } from '../toast';
import classes from './log.module.css';
import type { WebhookSearch } from './search';
import { useLog } from './useLog';
import { RESULTS, resultWords, WITHIN } from './words';

const FROM = '/integrations/halopsa/$connection/webhook';

function Row({ id, row, search }: { id: number; row: DeliveryRow; search: WebhookSearch }) {
  const { kind, text } = resultWords(row);
  return (
    <tr className={classes.delivery}>
      <td className={parts.nowrap}>
        <Link
          to={FROM}
          params={{ connection: id }}
          search={{ ...search, delivery: row.number }}
          resetScroll={false}
          className={classes.open}
        >
          <Time at={row.arrived_at} seconds />
          <VisuallyHidden component="span"> Delivery {row.number}</VisuallyHidden>
        </Link>
      </td>
      <td>
        {row.event ?? row.words ?? <span className={parts.dim}>Unknown</span>}
        {row.repeats > 0 && <span className={parts.dim}> came {row.repeats + 1} times</span>}
      </td>
      <td data-number>{row.record == null ? '' : `#${row.record}`}</td>
      <td>
        <StatusLabel kind={kind}>{text}</StatusLabel>
      </td>
      <td data-number data-wide>
        {row.status}
      </td>
      <td data-number data-wide>
        {row.shown_after_ms == null ? '–' : duration(row.shown_after_ms)}
      </td>
      <td data-number data-wide>
        {number(row.attempts)}
      </td>
    </tr>
  );
}

/** Every filter taken away. */
const UNFILTERED = { event: undefined, result: undefined, within: undefined, record: undefined };

function isFiltered(search: WebhookSearch): boolean {
  return Object.keys(UNFILTERED).some((name) => search[name as keyof WebhookSearch] !== undefined);
}

function Filters({ id, search, events }: { id: number; search: WebhookSearch; events: string[] }) {
  const navigate = useNavigate();
  const set = (changes: Partial<Record<keyof WebhookSearch, unknown>>) => {
    const entries = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined);
    const next: WebhookSearch = Object.fromEntries(entries);
    void navigate({ to: FROM, params: { connection: id }, search: next, replace: true, resetScroll: false });
  };
  return (
    <div className={classes.filters}>
      <NativeSelect
        size="xs"
        aria-label="Event"
        value={search.event ?? ''}
        onChange={(change) => set({ event: change.currentTarget.value || undefined })}
        data={[{ value: '', label: 'All events' }, ...events]}
      />
      <NativeSelect
        size="xs"
        aria-label="Result"
        value={search.result ?? ''}
        onChange={(change) => set({ result: change.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'All results' },
          ...Object.entries(RESULTS).map(([value, { text }]) => ({ value, label: text })),
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label="Time"
        value={search.within ?? ''}
        onChange={(change) => set({ within: change.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Any time' },
          ...Object.entries(WITHIN).map(([value, { label }]) => ({ value, label })),
        ]}
      />
      <TextInput
        size="xs"
        aria-label="Record number"
        placeholder="Record #"
        inputMode="numeric"
        className={classes.record}
        defaultValue={search.record ?? ''}
        key={search.record ?? 'none'}
        onKeyDown={(press) => press.key === 'Enter' && press.currentTarget.blur()}
        onBlur={(change) => {
          const typed = Number(change.currentTarget.value.replace(/\D/g, '')) || undefined;
          // What stays in the field is what is looked for.
          change.currentTarget.value = String(typed ?? '');
          if (typed !== search.record) set({ record: typed });
        }}
      />
      {isFiltered(search) && (
        <Button size="xs" variant="subtle" onClick={() => set(UNFILTERED)}>
          Remove filters
        </Button>
      )}
    </div>
  );
}

function ReplayFailed({ id, dead }: { id: number; dead: number }) {
  const replay = useReplay(id);
  if (dead === 0) return null;
  return (
    <>
      <ActionButton
        variant="default"
        size="xs"
        loading={replay.isPending}
        onClick={() =>
          replay.mutate(null, {
            onSuccess: ({ deliveries }) => toast(`${count(deliveries, 'delivery', 'deliveries')} replayed.`),
          })
        }
      >
        Replay failed ({number(dead)})
      </ActionButton>
      {replay.isError && <ErrorState error={replay.error} />}
    </>
  );
}

function Waiting() {
  return (
    <tbody aria-busy="true">
      {Array.from({ length: 8 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <tr key={row}>
          <td colSpan={7}>
            <Skeleton height={14} mt={3} width={`${88 - ((row * 17) % 30)}%`} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

interface Props {
  id: number;
  view: WebhookView;
  search: WebhookSearch;
}

/** Everything that HaloPSA posted, the newest first, and what became of it. */
export function Log({ id, view, search }: Props) {
  const { delivery: _, within, ...exact } = search;
  const filter: DeliveryFilter = { ...exact, ...(within && { within_ms: WITHIN[within].ms }) };
  const { loaded, shown, topRef, goToTop } = useLog(id, filter);
  const filtered = isFiltered(search);
  return (
    <Card title="Event log" actions={<ReplayFailed id={id} dead={view.dead} />}>
      <div ref={topRef} />
      <Filters id={id} search={search} events={view.events.map(({ event }) => event)} />
      {loaded.isError && !loaded.data && <ErrorState error={loaded.error} onRetry={() => void loaded.refetch()} />}
      {loaded.data && shown.rows.length === 0 ? (
        <EmptyState title={filtered ? 'No event matches these filters.' : 'No event yet.'}>
          {filtered
            ? 'Events are kept for 30 days. Remove a filter to see more.'
            : 'The first one appears here by itself as soon as HaloPSA posts it.'}
        </EmptyState>
      ) : (
        <TableFrame label="Event log">
          <thead>
            <tr>
              <th scope="col">Arrived</th>
              <th scope="col">Event</th>
              <th scope="col" data-number>
                Record
              </th>
              <th scope="col">Result</th>
              <th scope="col" data-number data-wide>
                HTTP
              </th>
              <th scope="col" data-number data-wide>
                Shown after
              </th>
              <th scope="col" data-number data-wide>
                Attempts
              </th>
            </tr>
          </thead>
          {loaded.isPending ? (
            <Waiting />
          ) : (
            <tbody>
              {shown.rows.map((row) => (
                <Row key={row.number} id={id} row={row} search={search} />
              ))}
            </tbody>
          )}
        </TableFrame>
      )}
      {loaded.hasNextPage && (
        <div className={classes.older}>
          <Button
            variant="default"
            size="xs"
            loading={loaded.isFetchingNextPage}
            onClick={() => void loaded.fetchNextPage()}
          >
            Load older
          </Button>
        </div>
      )}
      <div role="status" className={classes.newPlace}>
        {shown.waiting > 0 && (
          <Button size="xs" variant="default" className={classes.newButton} onClick={goToTop}>
            {shown.waiting >= 50 ? '50 or more' : shown.waiting} new
          </Button>
        )}
      </div>
    </Card>
  );
}
