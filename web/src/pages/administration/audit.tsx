import { ActionIcon, Button, Group, TextInput } from '@mantine/core';
import { IconHistory, IconRefresh, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { auditQuery } from '../../api/audit';
import { useConnections } from '../../api/connections';
import type { AuditEntry } from '../../api/types';
import { count } from '../../lib/format';
import { matches } from '../../lib/match';
import { operationWords, subjectWords } from '../../lib/operations';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorState } from '../../ui/ErrorState';
import { LoadingCard } from '../../ui/Loading';
import { type Column, RecordTable } from '../../ui/RecordTable';
import { Time } from '../../ui/Time';
import { TabBar } from './TabBar';
import classes from './tab.module.css';

const COLUMNS: Column<AuditEntry>[] = [
  { title: 'Time', cell: ({ at }) => <Time at={at} seconds /> },
  { title: 'Who', cell: ({ actor }) => actor },
  { title: 'What', kind: 'head', cell: ({ action, detail }) => operationWords(action, detail) },
  { title: 'Subject', cell: ({ subject }) => subject },
  { title: 'Detail', cell: ({ detail }) => detail },
  { title: 'Address', cell: ({ address }) => address },
];

function has({ actor, action, subject, detail, address }: AuditEntry, typed: string): boolean {
  return [actor, action, operationWords(action, detail), subject, detail ?? '', address].some((text) =>
    matches(text, typed),
  );
}

/** The loaded entries, with names where the server knows paths. */
function useNamed(entries: AuditEntry[]): AuditEntry[] {
  const connections = useConnections().data ?? [];
  const nameOf = (id: number) => connections.find((connection) => connection.id === id)?.name;
  return entries.map((entry) => ({ ...entry, subject: subjectWords(entry.subject, nameOf) }));
}

interface EntriesProps {
  entries: AuditEntry[];
  typed: string;
  onAll: () => void;
}

function Entries({ entries, typed, onAll }: EntriesProps) {
  const found = entries.filter((entry) => has(entry, typed));
  if (entries.length === 0) {
    return (
      <EmptyState icon={<IconHistory size={28} stroke={1.4} />} title="Nothing has been changed yet.">
        Sign-ins and every change are noted here.
      </EmptyState>
    );
  }
  if (found.length === 0) {
    return (
      <EmptyState
        icon={<IconSearch size={28} stroke={1.4} />}
        title={`None of the ${count(entries.length, 'loaded entry', 'loaded entries')} contains ‘${typed.trim()}’.`}
        action={
          <Button variant="default" onClick={onAll}>
            Remove filter
          </Button>
        }
      />
    );
  }
  return <RecordTable label="Audit log, newest first" rows={found} columns={COLUMNS} keyOf={({ id }) => id} />;
}

export function Page() {
  const audit = useInfiniteQuery(auditQuery);
  const [typed, setTyped] = useState('');
  const entries = useNamed(audit.data?.pages.flatMap((part) => part.entries) ?? []);
  return (
    <>
      <TabBar about="Who did what, newest first. Entries cannot be changed or removed here.">
        <Group gap="xs" wrap="nowrap">
          <TextInput
            data-search
            type="search"
            aria-label="Filter the loaded entries"
            placeholder="Filter"
            leftSection={<IconSearch size={16} stroke={1.6} />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <ActionIcon
            variant="default"
            size={36}
            aria-label="Look for new entries"
            loading={audit.isRefetching && !audit.isFetchingNextPage}
            onClick={() => void audit.refetch()}
          >
            <IconRefresh size={16} stroke={1.6} />
          </ActionIcon>
        </Group>
      </TabBar>
      {audit.isPending && <LoadingCard height={300} />}
      {audit.data && <Entries entries={entries} typed={typed} onAll={() => setTyped('')} />}
      {audit.isError && <ErrorState error={audit.error} onRetry={() => void audit.refetch()} />}
      {entries.length > 0 && (
        <Group mt="md" gap="md">
          {audit.hasNextPage && (
            <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
              Load older
            </Button>
          )}
          <span className={classes.dim} role="status">
            {count(entries.length, 'entry', 'entries')} loaded{audit.hasNextPage ? '' : ', that is all of them'}
          </span>
        </Group>
      )}
    </>
  );
}
