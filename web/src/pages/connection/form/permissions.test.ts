import { expect, test } from 'vitest';
import type { PermissionNeeded } from '../../../api/types';
import { copyText, split } from './permissions';

function kind(table: string): PermissionNeeded {
  return { table, title: table, scope: `read:${table}`, permission: 'Read Only', unlocks: 'boards', events: [] };
}

test('the main kinds come first, in their order', () => {
  const { main, rest } = split([kind('assets'), kind('users'), kind('tickets')]);
  expect(main.map(({ table }) => table)).toEqual(['tickets', 'users']);
  expect(rest.map(({ table }) => table)).toEqual(['assets']);
});

test('the copied list names the settings of the agent and every scope once', () => {
  const text = copyText([kind('tickets'), { ...kind('actions'), scope: 'read:tickets' }]);
  expect(text).toContain('- Agent to log in as:');
  expect(text).toContain('Permissions of the application: read:tickets\n');
  expect(text).toContain('- actions: read:tickets, Read Only, for boards');
});
