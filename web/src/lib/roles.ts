import type { Permission, Role } from '../api/types';

export interface PermissionWords {
  title: string;
  sentence: string;
}

/** Each permission for people, from the harmless to the far-reaching. */
export const PERMISSIONS: Record<Permission, PermissionWords> = {
  read_data: { title: 'See data', sentence: 'Read figures and records that came from HaloPSA.' },
  read_connections: { title: 'See connections', sentence: 'See how connections, syncs and webhooks stand.' },
  read_health: { title: 'See health', sentence: 'See version, disk, memory and checks of this installation.' },
  sync: { title: 'Start syncs', sentence: 'Start a sync and compare counts with HaloPSA.' },
  manage_dashboards: { title: 'Manage dashboards', sentence: 'Make, change and remove dashboards.' },
  manage_workspace: { title: 'Manage the workspace', sentence: 'Change name, time zone, working hours and holidays.' },
  manage_webhooks: {
    title: 'Manage webhooks',
    sentence: 'See the callback URL, change and test webhooks, read and replay deliveries.',
  },
  manage_connections: {
    title: 'Manage connections',
    sentence: 'Add, change, pause and resume connections, start and remove sample data.',
  },
  read_audit: { title: 'See the audit log', sentence: 'See who did what, when and from where.' },
  manage_tokens: { title: 'Manage API tokens', sentence: 'Make and end tokens for other programs.' },
  manage_users: { title: 'Manage users', sentence: 'Add, change, disable and remove people.' },
};

export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];

export interface RoleWords {
  title: string;
  sentence: string;
  permissions: Permission[];
}

/** The roles as the server grants them, from most to least. */
export const ROLES: Record<Role, RoleWords> = {
  administrator: {
    title: 'Administrator',
    sentence: 'May do everything: connections, webhooks, users, API tokens and the workspace.',
    permissions: ALL_PERMISSIONS,
  },
  builder: {
    title: 'Builder',
    sentence: 'Makes dashboards, starts syncs and sees the health page. Changes no settings.',
    permissions: ['read_data', 'read_connections', 'read_health', 'sync', 'manage_dashboards'],
  },
  viewer: {
    title: 'Viewer',
    sentence: 'Sees data and how connections stand. Changes nothing.',
    permissions: ['read_data', 'read_connections'],
  },
};

export const ALL_ROLES = Object.keys(ROLES) as Role[];

/** What somebody may no longer do after the change of role. */
export function lostPermissions(from: Role, to: Role): Permission[] {
  return ROLES[from].permissions.filter((permission) => !ROLES[to].permissions.includes(permission));
}

/** A permission's title; one that this page does not know (the server is newer) as it is. */
export function permissionTitle(permission: string): string {
  return PERMISSIONS[permission as Permission]?.title ?? permission;
}
