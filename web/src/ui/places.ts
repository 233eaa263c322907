import { type Icon, IconActivityHeartbeat, IconHome, IconPlugConnected, IconSettings } from '@tabler/icons-react';
import type { Permission } from '../api/types';

export interface Place {
  to: '/' | '/integrations' | AdministrationPath | '/health';
  /** What marks the entry as the present one. */
  prefix: string;
  title: string;
  icon: Icon;
  /** `g` and then this letter; of Health `s`, for status. */
  key?: string;
}

export type AdministrationPath =
  | '/administration/users'
  | '/administration/tokens'
  | '/administration/audit'
  | '/administration/workspace';

export const ADMINISTRATION: { to: AdministrationPath; title: string; permission: Permission }[] = [
  { to: '/administration/users', title: 'Users', permission: 'manage_users' },
  { to: '/administration/tokens', title: 'API tokens', permission: 'manage_tokens' },
  { to: '/administration/workspace', title: 'Workspace', permission: 'manage_workspace' },
  { to: '/administration/audit', title: 'Audit log', permission: 'read_audit' },
];

/** Where a person with these permissions can go, in the order of the navigation. */
export function placesFor(permissions: Permission[]): Place[] {
  const places: Place[] = [
    { to: '/', prefix: '/', title: 'Home', icon: IconHome, key: 'h' },
    { to: '/integrations', prefix: '/integrations', title: 'Integrations', icon: IconPlugConnected, key: 'i' },
  ];
  const first = ADMINISTRATION.find((tab) => permissions.includes(tab.permission));
  if (first) {
    places.push({ to: first.to, prefix: '/administration', title: 'Administration', icon: IconSettings, key: 'a' });
  }
  if (permissions.includes('read_health')) {
    places.push({ to: '/health', prefix: '/health', title: 'Health', icon: IconActivityHeartbeat, key: 's' });
  }
  return places;
}
