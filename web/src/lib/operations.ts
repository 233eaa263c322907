/** What the audit log calls operations, for people: every operation of the server that changes something, by its id. */
const WORDS: Record<string, string> = {
  session_start: 'Signed in',
  session_end: 'Signed out',
  link_look: 'Looked at a one-time link',
  link_use: 'Used a one-time link',
  password_change: 'Changed own password',
  user_add: 'Added a user',
  user_change: 'Changed a user',
  user_remove: 'Removed a user',
  user_link: 'Made a password link',
  token_add: 'Made an API token',
  token_remove: 'Ended an API token',
  workspace_set: 'Changed the workspace',
  connection_add: 'Added a connection',
  connection_test: 'Tested a connection',
  connection_change: 'Changed a connection',
  connection_pause: 'Paused a connection',
  connection_resume: 'Resumed a connection',
  sync_start: 'Asked for a sync',
  verify_start: 'Compared counts',
  webhook_rotate: 'Changed the callback URL',
  webhook_create: 'Created the webhook in HaloPSA',
  webhook_test: 'Sent a test event',
  webhook_protect: 'Changed the webhook protection',
  delivery_replay: 'Replayed a delivery',
  delivery_replay_failed: 'Replayed failed deliveries',
  sample_start: 'Started sample data',
  sample_remove: 'Removed sample data',
};

export function hasWords(operation: string): boolean {
  return operation in WORDS;
}

/** An operation in plain words; one that this page does not know as it is. A refused sign-in did not sign in. */
export function operationWords(action: string, detail?: string | null): string {
  if (action === 'session_start' && detail === 'refused') return 'Was refused at sign-in';
  return WORDS[action] ?? action;
}

/** What it was done to, as people call it. The server notes the path where it knows no name; then `nameOf` a connection is asked. */
export function subjectWords(subject: string, nameOf: (connection: number) => string | undefined): string {
  if (!subject.startsWith('/')) return subject;
  const [, part, id, , delivery] = subject.split('/');
  if (part === 'workspace') return 'Workspace';
  if (part === 'sample') return 'Sample data';
  const connection = Number(id);
  if (part !== 'connections' || !Number.isInteger(connection)) return '';
  const name = nameOf(connection) ?? `Connection ${connection}`;
  return /^\d+$/.test(delivery ?? '') ? `${name}, delivery ${delivery}` : name;
}
