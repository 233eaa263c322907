import { Button } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tokensQuery, useEndToken } from '../../api/tokens';
import type { TokenView } from '../../api/types';
import { useNow } from '../../lib/clock';
import { permissionTitle } from '../../lib/roles';
import { Confirm } from '../../ui/Confirm';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { type Column, RecordTable } from '../../ui/RecordTable';
import { Age, Time } from '../../ui/Time';
import { useHashDialogue } from './hash';
import { TabBar } from './TabBar';
import { TokenMake } from './TokenMake';
import classes from './tab.module.css';

function hasEnded({ ends_at }: TokenView, now: number): boolean {
  return ends_at != null && Date.parse(ends_at) <= now;
}

function Ends({ token }: { token: TokenView }) {
  const now = useNow(60_000);
  if (!token.ends_at) return <span className={classes.dim}>Never</span>;
  return (
    <>
      {hasEnded(token, now) && 'Ended '}
      <Time at={token.ends_at} />
    </>
  );
}

function columns(onEnd: (token: TokenView) => void): Column<TokenView>[] {
  return [
    { title: 'Name', kind: 'head', cell: ({ name }) => name },
    { title: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
    { title: 'May', cell: ({ scopes }) => scopes.map(permissionTitle).join(', ') },
    {
      title: 'Made',
      cell: ({ made_by, made_at }) => (
        <>
          <Time at={made_at} /> <span className={classes.dim}>by {made_by}</span>
        </>
      ),
    },
    {
      title: 'Last used',
      cell: ({ used_at }) =>
        used_at ? (
          <>
            <Age at={used_at} /> ago
          </>
        ) : (
          <span className={classes.dim}>Never</span>
        ),
    },
    { title: 'Ends', cell: (token) => <Ends token={token} /> },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (token) => (
        <Button
          size="compact-sm"
          variant="subtle"
          color="bad"
          aria-label={`End ${token.name}`}
          onClick={() => onEnd(token)}
        >
          End
        </Button>
      ),
    },
  ];
}

function EndToken({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const end = useEndToken(token.id);
  return (
    <Confirm
      title={`End the token “${token.name}”?`}
      verb="End token"
      keep="Keep"
      pending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>Every program that sends it is refused from now on. This cannot be taken back; you can make another token.</p>
    </Confirm>
  );
}

export function Page() {
  const tokens = useQuery(tokensQuery);
  const make = useHashDialogue('make');
  const now = useNow(60_000);
  const [ending, setEnding] = useState<TokenView | null>(null);
  return (
    <>
      <TabBar about="Other programs send a token with each request instead of signing in. A token may do only what its scopes say.">
        <Button leftSection={<IconPlus size={16} />} onClick={make.open}>
          Make token
        </Button>
      </TabBar>
      <Loaded query={tokens} loading={<LoadingCard height={180} />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={<IconKey size={28} stroke={1.4} />} title="No program has a token yet.">
              Make one for each program, so that each can be ended by itself.
            </EmptyState>
          ) : (
            <RecordTable
              label="API tokens"
              rows={list}
              columns={columns(setEnding)}
              keyOf={({ id }) => id}
              isDim={(token) => hasEnded(token, now)}
            />
          )
        }
      </Loaded>
      {make.opened && <TokenMake onClose={make.close} />}
      {ending && <EndToken token={ending} onClose={() => setEnding(null)} />}
    </>
  );
}
