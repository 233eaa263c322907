import { expect, test } from 'vitest';
import { operationWords } from './operations';
import { ALL_PERMISSIONS, lostPermissions, permissionTitle, ROLES } from './roles';

test('a change of role says which rights go', () => {
  expect(lostPermissions('builder', 'viewer')).toEqual(['read_health', 'sync', 'manage_dashboards']);
  expect(lostPermissions('viewer', 'administrator')).toEqual([]);
  expect(lostPermissions('administrator', 'administrator')).toEqual([]);
});

test('each role may do what the next may', () => {
  expect(ROLES.administrator.permissions).toHaveLength(ALL_PERMISSIONS.length);
  expect(lostPermissions('viewer', 'builder')).toEqual([]);
});

test('what a newer server says is shown as it is', () => {
  expect(permissionTitle('read_data')).toBe('See data');
  expect(permissionTitle('fly')).toBe('fly');
  expect(operationWords('user_add')).toBe('Added a user');
  expect(operationWords('report_send')).toBe('report_send');
});

test('a refused sign-in is not called one', () => {
  expect(operationWords('session_start', null)).toBe('Signed in');
  expect(operationWords('session_start', 'refused')).toBe('Was refused at sign-in');
});
