/** What the audit log calls operations, for people: the server's operation ids. */
const WORDS: Record<string, string> = {
  session_start: 'Signed in',
  session_end: 'Signed out',
  link_use: 'Used a one-time link',
  password_change: 'Changed own password',
  user_add: 'Added user',
  user_change: 'Changed user',
  user_remove: 'Removed user',
  user_link: 'Made password link',
  token_add: 'Made API token',
  token_remove: 'Ended API token',
  workspace_set: 'Changed workspace',
  connection_add: 'Added connection',
  connection_change: 'Changed connection',
  connection_pause: 'Paused connection',
  connection_resume: 'Resumed connection',
  connection_remove: 'Removed connection',
  sync_start: 'Started sync',
  verify_start: 'Compared counts',
  webhook_rotate: 'Changed callback URL',
  webhook_create: 'Created webhook in HaloPSA',
  webhook_test: 'Tested webhook',
  webhook_protect: 'Changed webhook protection',
  delivery_replay: 'Replayed delivery',
  delivery_replay_failed: 'Replayed failed deliveries',
  sample_start: 'Started sample data',
  sample_remove: 'Removed sample data',
};

/** An operation in plain words; one that this page does not know as it is. A refused sign-in did not sign in. */
export function operationWords(action: string, detail?: string | null): string {
  if (action === 'session_start' && detail === 'refused') return 'Was refused at sign-in';
  return WORDS[action] ?? action;
}
