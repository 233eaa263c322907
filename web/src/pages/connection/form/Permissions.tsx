import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { permissionsNeededQuery } from '../../../api/connect';
import type { PermissionNeeded } from '../../../api/types';
import { useCopy } from '../../../lib/copy';
import { Loaded } from '../../../ui/Loaded';
import { AGENT, copyText, split } from './permissions';
import classes from './permissions.module.css';

function Kinds({ kinds }: { kinds: PermissionNeeded[] }) {
  return (
    <table className={classes.kinds}>
      <thead>
        <tr>
          <th>Kind of record</th>
          <th>Permission of the application</th>
          <th>Permission of the agent</th>
        </tr>
      </thead>
      <tbody>
        {kinds.map(({ table, title, scope, permission, unlocks, events }) => (
          <tr key={table}>
            <td>
              <span className={classes.kind}>{title}</span>
              <span className={classes.unlocks}>
                For {unlocks}.{events.length > 0 && ` Webhook: ${events.join(', ')}.`}
              </span>
            </td>
            <td>
              <code>{scope}</code>
            </td>
            <td>{permission}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ needed }: { needed: PermissionNeeded[] }) {
  const { main, rest } = split(needed);
  const { state, copy } = useCopy();
  return (
    <>
      <div className={classes.head}>
        <p>Whoever runs HaloPSA sets these once. What is missing is named when you test.</p>
        <Button
          variant="default"
          size="xs"
          className={classes.copy}
          leftSection={state === 'copied' ? <IconCheck size={14} /> : <IconCopy size={14} />}
          onClick={() => copy(copyText(needed))}
        >
          {{ idle: 'Copy list', copied: 'Copied', failed: 'Not copied' }[state]}
        </Button>
      </div>
      {AGENT.map(({ title, where, settings }) => (
        <div key={title} className={classes.group}>
          <h3>
            {title} <span>{where}</span>
          </h3>
          <dl>
            {settings.map(({ setting, value }) => (
              <div key={setting}>
                <dt>{setting}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      <Kinds kinds={main} />
      {rest.length > 0 && (
        <details className={classes.rest}>
          <summary>{rest.length} more kinds</summary>
          <Kinds kinds={rest} />
        </details>
      )}
      <p className={classes.foot}>Read-only is enough for dashboards; bots that write need more, later.</p>
    </>
  );
}

/** "Where are the permissions that we should set?": here, open from the start. */
export function Permissions() {
  const needed = useQuery(permissionsNeededQuery);
  return (
    <details open className={classes.panel}>
      <summary className={classes.title}>
        <h2>Permissions we need</h2>
      </summary>
      <Loaded query={needed}>{(list) => <List needed={list} />}</Loaded>
    </details>
  );
}
