// @ts-check
// The path that every new customer takes, from an empty folder to `Webhook Successful`.
import { expect, test } from './desk.js';
import { ANA } from './installation.js';
import { FIVE, allowPrivateAddress, button, field, fillIn, heading, link, menu, tabs } from './screen.js';
import { ELEVEN, makeWebhook, openWebhooks } from './simulated.js';

/** @typedef {import('@playwright/test').Page} Page */

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

/** The one-time link. @param {Page} page @param {string} firstLink */
async function becomeAdministrator(page, firstLink) {
  await page.goto(firstLink);
  await expect(heading(page, 'Set up Haloscope')).toBeVisible();
  await field(page, 'Name to sign in with').fill(ANA.name);
  await field(page, 'Your name').fill(ANA.display_name);
  await field(page, 'Password').fill(ANA.password);
  await field(page, 'Password again').fill(ANA.password);
  await page.getByRole('combobox', { name: 'Time zone of the workspace' }).fill('Europe/Lond');
  await page.getByRole('option', { name: 'Europe/London' }).click();
  await field(page, 'Company').fill('Acme');
  await field(page, 'Work begins').fill('08:30');
  await button(page, 'Create administrator').click();
  await expect(heading(page, `Welcome, ${ANA.display_name}`)).toBeVisible();
  await expect(menu(page)).toContainText('Europe/London');
}

/** Integrations in the menu, the search, and the click. @param {Page} page */
async function findHaloPSA(page) {
  await link(menu(page), 'Integrations').click();
  await expect(heading(page, 'Integrations')).toBeVisible();
  const search = page.getByRole('searchbox', { name: 'Search integrations' });
  const found = page.getByRole('heading', { level: 2, name: 'HaloPSA' });
  for (const typed of ['halopsa', 'HaloPSA', 'Halo PSA']) {
    await search.fill('Autotask');
    await expect(found).toBeHidden();
    await search.fill(typed);
    await expect(found, typed).toBeVisible();
  }
  await link(page, 'Connect HaloPSA').click();
  await expect(heading(page, 'Connect HaloPSA')).toBeVisible();
}

/** Says at each of the five that it is missing. @param {Page} page @param {Record<string, string>} values */
async function leaveOutEach(page, values) {
  for (const name of FIVE) {
    await fillIn(page, { ...values, [name]: '' });
    await button(page, 'Save And Sync').click();
    await expect(field(page, name), name).toHaveAccessibleDescription(new RegExp(`Enter the ${name}`));
    await expect(field(page, name), name).toBeFocused();
  }
}

/** One click. @param {Page} page */
async function copyCallbackUrl(page) {
  const url = await field(page, 'Webhook callback URL').inputValue();
  await button(page, 'Copy Webhook callback URL').click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeAttached();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
  return url;
}

test('the guide is followed word by word', async ({ page, context, installation, simulator }) => {
  await becomeAdministrator(page, installation.firstLink);
  await findHaloPSA(page);
  await allowPrivateAddress(page);
  await leaveOutEach(page, simulator.values);

  await fillIn(page, simulator.values);
  await button(page, 'Save And Sync').click();
  await expect(field(page, 'Webhook callback URL')).toHaveAttribute('readonly', '');
  await expect(page.getByText('Connected. Copy the webhook callback URL next.')).toBeVisible();
  const url = await copyCallbackUrl(page);
  expect(new URL(url).origin).toBe(installation.origin);

  const { Tenant: name } = simulator.values;
  await link(tabs(page, name), 'Webhook').click();
  await expect(page.getByText('Webhook received no data', { exact: true })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  const halo = await context.newPage();
  await openWebhooks(halo, simulator);
  await makeWebhook(halo, 'Haloscope', url, ELEVEN);

  for (const event of ELEVEN) await simulator.control('webhooks/fire', { event, count: 1 });
  await expect(page.getByText('Webhook Successful', { exact: true })).toBeVisible();
  const events = page.getByRole('group', { name: 'Events', exact: true });
  for (const event of ELEVEN) {
    await expect(page.getByRole('checkbox', { name: `${event} (has arrived)` })).toBeChecked();
    await expect(
      events.getByRole('row').filter({ hasText: event }).getByRole('img', { name: 'has arrived' }),
    ).toBeVisible();
  }
  await expect(page.getByRole('heading', { name: 'Events: 11 of 11 have arrived' })).toBeVisible();
  expect(await page.evaluate(() => 'stayed' in window), 'nobody loaded the page again').toBe(true);

  await link(tabs(page, name), 'Sync').click();
  await expect(page.getByText(/^Healthy$/)).toBeVisible();
  await expect(page.getByText(/as many rows here as in HaloPSA/)).toBeVisible();
  await expect(page.getByRole('list', { name: 'Set-up' })).toBeHidden();
});

test('a viewer sees how the webhook stands, and not where it is received', async ({
  administrator,
  installation,
  simulator,
  viewer,
}) => {
  const id = await administrator.connect(simulator);
  const { callback_url: url } = await administrator.get(`/connections/${id}/webhook`);
  for (const tab of ['overview', 'webhook', 'connection', 'activity']) {
    await viewer.goto(`${installation.origin}/integrations/halopsa/${id}/${tab}`);
    await expect(viewer.getByRole('navigation', { name: simulator.values['Tenant'] })).toBeVisible();
    await expect(viewer.getByRole('main').getByRole('heading', { level: 2 }).first()).toBeVisible();
    await expect(field(viewer, 'Webhook callback URL')).toBeHidden();
    expect(await viewer.content()).not.toContain(new URL(url).pathname);
  }
  await viewer.goto(`${installation.origin}/integrations/halopsa/${id}/webhook`);
  await expect(viewer.getByText('Webhook received no data', { exact: true })).toBeVisible();
  await expect(viewer.getByText(/Your role does not show the callback URL/)).toBeVisible();
});
