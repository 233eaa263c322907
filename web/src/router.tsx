import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { MissingPartError } from './lib/stale';
import { webhookSearch } from './pages/connection/webhook/search';
import { PageError } from './ui/PageError';
import { Shell } from './ui/Shell';

/**
 * A page file exports its component as `Page`; each becomes a chunk of its own. When it cannot be fetched, PageError decides
 * what to do once somebody goes there; a link that is only hovered over must not reload the page.
 */
function page(load: () => Promise<{ Page: ComponentType }>) {
  const loadOrSay = () =>
    load().catch((cause) => {
      throw new MissingPartError(cause);
    });
  return lazyRouteComponent(loadOrSay, 'Page');
}

const root = createRootRoute({ component: Outlet });

// ---------- without the shell
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; ended?: boolean } => ({
    ...(typeof search.next === 'string' ? { next: search.next } : {}),
    ...(search.ended === true ? { ended: true } : {}),
  }),
  component: page(() => import('./pages/sign-in')),
});
const firstRun = createRoute({
  getParentRoute: () => root,
  path: '/first-run',
  component: page(() => import('./pages/first-run')),
});
const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: page(() => import('./pages/welcome')),
});
const enter = createRoute({
  getParentRoute: () => root,
  path: '/enter',
  component: page(() => import('./pages/enter')),
});

// ---------- inside the shell, signed in
const app = createRoute({ getParentRoute: () => root, id: 'app', component: Shell });
const home = createRoute({ getParentRoute: () => app, path: '/', component: page(() => import('./pages/home')) });
const integrations = createRoute({
  getParentRoute: () => app,
  path: '/integrations',
  component: page(() => import('./pages/integrations')),
});
const newConnection = createRoute({
  getParentRoute: () => app,
  path: '/integrations/halopsa/new',
  component: page(() => import('./pages/connection/new')),
});
const connection = createRoute({
  getParentRoute: () => app,
  path: '/integrations/halopsa/$connection',
  params: {
    parse: ({ connection: id }) => ({ connection: Number(id) }),
    stringify: ({ connection: id }) => ({ connection: String(id) }),
  },
  component: page(() => import('./pages/connection/layout')),
});
const connectionTabs = [
  createRoute({
    getParentRoute: () => connection,
    path: '/',
    beforeLoad: ({ params }) => {
      throw redirect({ to: '/integrations/halopsa/$connection/overview', params, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'overview',
    component: page(() => import('./pages/connection/overview')),
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'connection',
    component: page(() => import('./pages/connection/connection')),
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'sync',
    component: page(() => import('./pages/connection/sync')),
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'webhook',
    validateSearch: webhookSearch,
    component: page(() => import('./pages/connection/webhook')),
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'data',
    component: page(() => import('./pages/connection/data')),
  }),
  createRoute({
    getParentRoute: () => connection,
    path: 'activity',
    component: page(() => import('./pages/connection/activity')),
  }),
] as const;
const administration = createRoute({
  getParentRoute: () => app,
  path: '/administration',
  component: page(() => import('./pages/administration/layout')),
});
const administrationTabs = [
  createRoute({
    getParentRoute: () => administration,
    path: 'users',
    component: page(() => import('./pages/administration/users')),
  }),
  createRoute({
    getParentRoute: () => administration,
    path: 'tokens',
    component: page(() => import('./pages/administration/tokens')),
  }),
  createRoute({
    getParentRoute: () => administration,
    path: 'audit',
    component: page(() => import('./pages/administration/audit')),
  }),
  createRoute({
    getParentRoute: () => administration,
    path: 'workspace',
    component: page(() => import('./pages/administration/workspace')),
  }),
] as const;
const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  component: page(() => import('./pages/account')),
});
const health = createRoute({
  getParentRoute: () => app,
  path: '/health',
  component: page(() => import('./pages/health')),
});
const apiDocs = createRoute({
  getParentRoute: () => app,
  path: '/api/docs',
  component: page(() => import('./pages/api-docs')),
});
const notFound = createRoute({
  getParentRoute: () => app,
  path: '$',
  component: page(() => import('./pages/not-found')),
});

const tree = root.addChildren([
  signIn,
  firstRun,
  welcome,
  enter,
  app.addChildren([
    home,
    integrations,
    newConnection,
    connection.addChildren(connectionTabs),
    administration.addChildren(administrationTabs),
    account,
    health,
    apiDocs,
    notFound,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
