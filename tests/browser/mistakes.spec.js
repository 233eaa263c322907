// @ts-check
// What people get wrong when they connect a HaloPSA: each is named where it is to be mended, and keeps nothing.
import { enterAs, expect, test } from './desk.js';
import { allowPrivateAddress, button, field, fillIn, heading, link, tabs } from './screen.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('./installation.js').Api} Api */

const NEW = '/integrations/halopsa/new';

/** What each of the five steps came to. @param {Page} page */
const result = (page) => page.getByRole('region', { name: 'What the steps came to' });

/** One step of the result. @param {Page} page @param {string} title */
const step = (page, title) => result(page).getByRole('listitem').filter({ hasText: title });

test.beforeEach(async ({ page, administrator, installation, simulator }) => {
  expect(await administrator.get('/connections')).toEqual([]);
  await enterAs(page, installation, NEW);
  await expect(heading(page, 'Connect HaloPSA')).toBeVisible();
  await allowPrivateAddress(page);
  await fillIn(page, simulator.values);
});

/**
 * Both buttons name the field, say why, and what to do; afterwards nothing is kept.
 * @param {Page} page @param {Api} api @param {{ field: string, step: string, why: RegExp, advice: RegExp }} expected
 */
async function refused(page, api, expected) {
  for (const [press, says] of [
    ['Test connection', 'The connection does not work yet. Nothing was saved: this was a test.'],
    ['Save And Sync', 'Nothing was saved: one of the steps below failed.'],
  ]) {
    await button(page, press).click();
    await expect(result(page)).toContainText(says);
    await expect(field(page, expected.field)).toHaveAttribute('aria-invalid', 'true');
    await expect(field(page, expected.field)).toHaveAccessibleDescription(expected.why);
    await expect(field(page, expected.field)).toBeFocused();
    const failed = step(page, expected.step);
    await expect(failed.getByRole('img', { name: 'failed' })).toBeVisible();
    await expect(failed).toContainText(expected.why);
    await expect(failed.getByText(expected.advice)).toBeVisible();
    await expect(step(page, 'Requests allowed').getByRole('img', { name: 'not tried' })).toBeVisible();
  }
  await expect(heading(page, 'Connect HaloPSA')).toBeVisible();
  expect(await api.get('/connections')).toEqual([]);
}

test('a wrong Client Secret', async ({ page, administrator, simulator }) => {
  await field(page, 'Client Secret').fill('of-another-application');
  await refused(page, administrator, {
    field: 'Client Secret',
    step: 'Sign in',
    why: /HaloPSA refused the Client ID or Client Secret\./,
    advice: /Copy both again from View Applications; a secret is shown only once\./,
  });

  await field(page, 'Client Secret').fill(simulator.values['Client Secret']);
  await button(page, 'Save And Sync').click();
  await expect(field(page, 'Webhook callback URL'), 'what else was entered is still there').toBeVisible();
});

test('a wrong Tenant', async ({ page, administrator }) => {
  await field(page, 'Tenant').fill('acmee');
  await refused(page, administrator, {
    field: 'Tenant',
    step: 'Sign in',
    why: /HaloPSA knows no tenant .acmee.\./,
    advice: /it is the name in your HaloPSA address/,
  });
});

test('a Resource URL where the login page answers', async ({ page, administrator, simulator }) => {
  await field(page, 'Resource URL').fill(`${simulator.origin}/portal`);
  await refused(page, administrator, {
    field: 'Resource URL',
    step: 'Reach the Resource URL',
    why: /answered an HTML page titled "Log in" instead of JSON\./,
    advice: /Check the Resource URL: a login page answers at other paths\./,
  });
});

test('an Auth URL where nobody answers', async ({ page, administrator }) => {
  await field(page, 'Auth URL').fill('http://127.0.0.1:9/auth');
  await refused(page, administrator, {
    field: 'Auth URL',
    step: 'Reach the Auth URL',
    why: /.127\.0\.0\.1:9. could not be reached/,
    advice: /Check the spelling of .127\.0\.0\.1.*, and that this machine can reach it\./,
  });
});

test('a private address without the box', async ({ page, administrator, simulator }) => {
  await page.getByLabel('Allow a private address').uncheck();
  await button(page, 'Save And Sync').click();
  for (const name of ['Auth URL', 'Resource URL']) {
    await expect(field(page, name)).toHaveAccessibleDescription(
      /must begin with https:\/\/\. Plain http is for private addresses only/,
    );
  }

  for (const name of ['Auth URL', 'Resource URL']) {
    await field(page, name).fill(simulator.values[name].replace('http:', 'https:'));
  }
  await button(page, 'Save And Sync').click();
  await expect(field(page, 'Auth URL')).toHaveAccessibleDescription(/private/i);
  await expect(field(page, 'Auth URL')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText(/Allow private addresses/).first()).toBeVisible();
  expect(await administrator.get('/connections')).toEqual([]);
});

test('HaloPSA refuses a token, because it is asked too often', async ({ page, administrator, simulator }) => {
  await simulator.control('traps', { token_429: { every: 1, retry_after: 20 } });
  await button(page, 'Save And Sync').click();
  await expect(result(page)).toContainText('Nothing was saved');
  await expect(step(page, 'Sign in').getByRole('img', { name: 'failed' })).toBeVisible();
  await expect(step(page, 'Sign in')).toContainText(/Wait, or lower the request limit/);
  expect(await administrator.get('/connections')).toEqual([]);
});

test('HaloPSA asks to slow down: that is no reason not to save', async ({ page, simulator }) => {
  await simulator.control('traps', { limit_429: { every: 1, retry_after: 1 } });
  await button(page, 'Test connection').click();
  await expect(step(page, 'Requests allowed')).toContainText(
    /HaloPSA asked us to slow down\. We continue in \d+ s; nothing is lost\./,
  );
  await simulator.control('traps', { limit_429: false });
  await button(page, 'Save And Sync').click();
  await expect(field(page, 'Webhook callback URL')).toBeVisible();
});

test('invoices may not be read: the right is named, and can be given later', async ({ page, simulator }) => {
  await simulator.control('traps', { forbidden: { entities: ['Invoice'] } });
  await button(page, 'Test connection').click();
  const invoices = step(page, 'Read each kind of record').getByRole('listitem').filter({ hasText: 'Invoices' });
  await expect(invoices.getByRole('img', { name: 'failed' })).toBeVisible();
  await expect(invoices).toContainText('Signed in, but this agent may not read invoices. 3 of 11 webhook events');
  await expect(invoices).toContainText(/the permission .*Invoices.*Read Only.*You can save now and add it later\./);

  await button(page, 'Save And Sync').click();
  await expect(field(page, 'Webhook callback URL')).toBeVisible();
  await expect(page.getByText(/5 of 6 kinds that were tried can be read/)).toBeVisible();
  await link(tabs(page, simulator.values['Tenant']), 'Sync').click();
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Invoices', exact: true }) });
  await expect(row).toContainText('No permission');
  await page.getByText('Need attention 1', { exact: true }).click();
  await expect(page.getByRole('rowheader')).toHaveText(['Invoices']);
});

test('the agent is in no team: no ticket is visible, though all is answered', async ({ page, simulator }) => {
  await simulator.control('traps', { agent_no_team: true });
  await button(page, 'Test connection').click();
  const tickets = step(page, 'Read each kind of record').getByRole('listitem').filter({ hasText: 'Tickets' });
  await expect(tickets.getByRole('img', { name: 'passed, with a warning' })).toBeVisible();
  await expect(tickets).toContainText('Signed in, but no ticket is visible. The agent is probably in no team.');
  await expect(tickets).toContainText(/Add .* to a department and team/);
});

test('the agent sees only some tickets: totals say whose they are', async ({ page, simulator }) => {
  await simulator.control('traps', { agent_no_unassigned: true, agent_own_tickets_only: true });
  await button(page, 'Save And Sync').click();
  await expect(page.getByRole('alert').filter({ hasText: /Totals cover only what .* may see/ })).toBeVisible();
});
