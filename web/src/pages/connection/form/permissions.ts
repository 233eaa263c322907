import type { PermissionNeeded } from '../../../api/types';

export interface AgentSettings {
  title: string;
  where: string;
  settings: { setting: string; value: string }[];
}

/** What HaloPSA must be told of the application and of the agent it logs in as, in HaloPSA's words. */
export const AGENT: AgentSettings[] = [
  {
    title: 'The application',
    where: 'Configuration › Integrations › HaloPSA API › View Applications',
    settings: [
      { setting: 'Authentication Method', value: 'Client ID and Secret (Services)' },
      { setting: 'Login type', value: 'Agent' },
      { setting: 'Agent to log in as', value: 'An agent for Haloscope alone' },
    ],
  },
  {
    title: 'That agent',
    where: 'Agent › Permissions',
    settings: [
      { setting: "The agent's department and team", value: 'Every one whose records are to count' },
      { setting: 'Feature Access', value: 'Read Only, for each kind below' },
      { setting: 'Can view Unassigned Tickets', value: 'Yes' },
      { setting: 'Can view Tickets that are assigned to other Agents', value: 'Yes' },
      { setting: 'Allow use of all Ticket Types', value: 'Yes' },
    ],
  },
];

const MAIN = ['tickets', 'sites', 'users', 'invoices', 'clients', 'agents'];

/** The six that dashboards and webhooks stand on, and the rest. */
export function split(needed: PermissionNeeded[]): { main: PermissionNeeded[]; rest: PermissionNeeded[] } {
  const main = MAIN.flatMap((table) => needed.filter((kind) => kind.table === table));
  return { main, rest: needed.filter((kind) => !MAIN.includes(kind.table)) };
}

/** For a ticket or a mail to whoever administers HaloPSA. */
export function copyText(needed: PermissionNeeded[]): string {
  const { main, rest } = split(needed);
  const scopes = [...new Set([...main, ...rest].map(({ scope }) => scope))];
  return [
    'Permissions that Haloscope needs in HaloPSA (read-only)',
    '',
    ...AGENT.flatMap(({ title, where, settings }) => [
      `${title} (${where})`,
      ...settings.map(({ setting, value }) => `- ${setting}: ${value}`),
      '',
    ]),
    `Permissions of the application: ${scopes.join(' ')}`,
    '',
    'Per kind of record: permission of the application, permission of the agent, what it unlocks',
    ...[...main, ...rest].map(
      ({ title, scope, permission, unlocks }) => `- ${title}: ${scope}, ${permission}, for ${unlocks}`,
    ),
  ].join('\n');
}
