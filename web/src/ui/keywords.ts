import { matches } from '../lib/match';

/** What people type when they look for a page by what is on it. The keys are titles of pages, and of a connection's tabs. */
export const KEYWORDS: Record<string, string[]> = {
  Home: ['start', 'overview', 'freshness'],
  Integrations: ['connections', 'HaloPSA'],
  Health: ['disk', 'memory', 'version', 'checks', 'support', 'status'],
  Overview: ['callback URL', 'freshness'],
  Connection: ['client ID', 'client secret', 'permissions', 'Auth URL', 'Resource URL', 'tenant', 'request limit'],
  Sync: ['requests', 'rate limit', 'counts', 'history', 'pause', 'resume', 'log'],
  Webhook: ['callback URL', 'payload URL', 'events', 'event log', 'deliveries', 'protection', 'signature', 'replay'],
  Data: ['tickets', 'invoices', 'clients', 'sites', 'users', 'agents', 'contracts', 'records', 'tables', 'rows'],
  Activity: ['history', 'runs', 'latest', 'deliveries'],
  Users: ['people', 'roles', 'permissions', 'invite', 'password link'],
  'API tokens': ['keys', 'programs', 'scopes', 'Power BI', 'bearer'],
  Workspace: ['company', 'time zone', 'working hours', 'holidays', 'calendar'],
  'Audit log': ['who changed', 'history', 'changes', 'sign-ins'],
  'Your account': ['password', 'name', 'profile'],
  API: ['OpenAPI', 'documentation', 'reference', 'curl'],
};

/** Titles of pages that a word leads to. */
export function pagesAbout(word: string): string[] {
  return Object.keys(KEYWORDS).filter((title) => KEYWORDS[title]?.some((keyword) => matches(keyword, word)));
}
