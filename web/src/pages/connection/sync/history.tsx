import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outcome, RUNS_SHOWN, runLogAddress, runsQuery } from '../../../api/sync';
import type { RunView } from '../../../api/types';
import { useNow } from '../../../lib/clock';
import { duration, number } from '../../../lib/format';
import { EmptyState } from '../../../ui/EmptyState';
import { Loaded } from '../../../ui/Loaded';
import { StatusLabel } from '../../../ui/StatusLabel';
import { Time } from '../../../ui/Time';
import { Card, TableFrame } from '../parts';
import parts from '../parts.module.css';
import classes from './sync.module.css';
import { Why } from './Why';
import { OUTCOMES } from './words';

function Took({ run }: { run: RunView }) {
  const now = useNow();
  return duration((run.finished_at ? Date.parse(run.finished_at) : now) - Date.parse(run.started_at));
}

const RUN_KINDS: Record<RunView['kind'], string> = { first: 'First sync', sync: 'Changes', full: 'Everything' };

function Run({ id, run }: { id: number; run: RunView }) {
  const { kind, text } = OUTCOMES[run.outcome];
  return (
    <>
      <tr>
        <td className={parts.nowrap}>
          <Time at={run.started_at} seconds />
        </td>
        <td data-wide>{RUN_KINDS[run.kind]}</td>
        <td>
          <StatusLabel kind={kind}>{text}</StatusLabel>
        </td>
        <td data-number>
          <Took run={run} />
        </td>
        <td data-number data-wide>
          {run.requests == null ? '' : number(run.requests)}
        </td>
        <td data-number>
          <a href={runLogAddress(id, run.id)} download={`run-${run.id}.txt`} className={parts.linkButton}>
            Download log<span className={classes.hidden}> of run {run.id}</span>
          </a>
        </td>
      </tr>
      {run.error && <Why>{run.error}</Why>}
    </>
  );
}

export function History({ id }: { id: number }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const runs = useQuery(runsQuery(id, outcome));
  return (
    <Card
      title="History"
      actions={
        <NativeSelect
          size="xs"
          aria-label="Result of the runs"
          value={outcome ?? ''}
          onChange={(event) => setOutcome((event.currentTarget.value || null) as Outcome | null)}
          data={[
            { value: '', label: 'All results' },
            ...Object.entries(OUTCOMES).map(([value, { text }]) => ({ value, label: text })),
          ]}
        />
      }
    >
      <Loaded query={runs}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title={outcome ? `No run ended as ${OUTCOMES[outcome].text}.` : 'No sync has run yet.'} />
          ) : (
            <TableFrame label={`The last ${RUNS_SHOWN} runs`}>
              <thead>
                <tr>
                  <th scope="col">Started</th>
                  <th scope="col" data-wide>
                    Read
                  </th>
                  <th scope="col">Result</th>
                  <th scope="col" data-number>
                    Took
                  </th>
                  <th scope="col" data-number data-wide>
                    Requests
                  </th>
                  <th scope="col" data-number>
                    Log
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((run) => (
                  <Run key={run.id} id={id} run={run} />
                ))}
              </tbody>
            </TableFrame>
          )
        }
      </Loaded>
    </Card>
  );
}
