// @ts-check
// Sample data: for people who want to look around before they connect their own HaloPSA.
import { enterAs, expect, test } from './desk.js';
import { button, heading, link, menu, tabs } from './screen.js';
import { ELEVEN } from './simulated.js';

const SAYS = /Sample data: a simulated HaloPSA that changes all the time/;

test('one looks around with sample data, sets the webhook up, and removes all of it', async ({
  page,
  context,
  administrator,
  installation,
}) => {
  expect(await administrator.get('/connections')).toEqual([]);
  await enterAs(page, installation, '/');
  await button(page, 'Explore with sample data').click();

  const banner = page.getByText(SAYS);
  await expect(banner).toBeVisible();
  await expect(heading(page, 'Home')).toBeVisible();
  for (const place of await menu(page).getByRole('link').allTextContents()) {
    await link(menu(page), place).click();
    await expect(link(menu(page), place)).toHaveAttribute('aria-current', 'page');
    await expect(banner, place).toBeVisible();
  }
  for (const path of ['/account', '/api/docs', '/no/such/page']) {
    await page.goto(installation.origin + path);
    await expect(banner, path).toBeVisible();
  }

  const opened = context.waitForEvent('page');
  await link(page, 'Open its webhook page').click();
  const halo = await opened;
  await expect(heading(halo, 'Webhooks')).toBeVisible();

  await link(menu(page), 'Integrations').click();
  await page.getByRole('main').getByRole('link').filter({ hasText: 'HaloPSA, simulated' }).click();
  await link(tabs(page, 'Sample provider'), 'Webhook').click();
  await expect(page.getByText('Webhook received no data', { exact: true })).toBeVisible();
  await page.getByRole('radiogroup', { name: 'How the webhook is set up' }).getByText('Create it for me').click();
  await button(page, 'Create it for me').click();
  await expect(page.getByText(/^Made the webhook .* in HaloPSA\.$/)).toBeVisible();
  await halo.reload();
  await expect(halo.getByRole('row').filter({ hasText: 'Haloscope' })).toContainText(String(ELEVEN.length));

  const simulator = new URL(halo.url()).origin;
  for (const event of ELEVEN) {
    await context.request.post(`${simulator}/_sim/webhooks/fire`, { data: JSON.stringify({ event, count: 1 }) });
  }
  await expect(page.getByText('Webhook Successful', { exact: true })).toBeVisible();

  await button(page, 'Remove sample data').click();
  const dialogue = page.getByRole('dialog', { name: 'Remove sample data?' });
  await button(dialogue, 'Keep it').click();
  await expect(banner).toBeVisible();
  await button(page, 'Remove sample data').click();
  await button(dialogue, 'Remove sample data').click();
  await expect(banner).toBeHidden();
  await link(menu(page), 'Home').click();
  await expect(button(page, 'Explore with sample data')).toBeVisible();
  await link(menu(page), 'Integrations').click();
  await expect(page.getByText('Not connected', { exact: true }).last()).toBeVisible();
  expect(await administrator.get('/connections')).toEqual([]);
  await expect(halo.reload(), 'the simulated HaloPSA is gone').rejects.toThrow(/ERR_CONNECTION_REFUSED/);
});
