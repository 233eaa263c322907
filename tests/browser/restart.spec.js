// @ts-check
// A page that is open while the server dies in the middle of the first sync, and comes back.
import { enterAs, expect, test } from './desk.js';
import { heading } from './screen.js';

test('the page keeps what it showed, and goes on by itself', async ({
  page,
  administrator,
  installation,
  simulator,
}) => {
  const name = simulator.values['Tenant'];
  await simulator.control('traps', { slow: { milliseconds: 150, jitter: 0 } });
  const id = await administrator.connect(simulator);
  await enterAs(page, installation, `/integrations/halopsa/${id}/sync`);
  const kinds = page.getByRole('group', { name: 'Kinds of records' });
  const agents = kinds.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Agents', exact: true }) });
  await expect(agents).toContainText('Done');
  await expect(page.getByText(/^First sync [1-9]\d?\s?%$/).first()).toBeVisible();
  await page.evaluate(() => Object.assign(window, { stayed: true }));

  await installation.process.kill();

  const banner = page.getByRole('status').filter({ hasText: 'Cannot reach the server.' });
  await expect(banner).toContainText('It is tried again by itself.');
  await expect(heading(page, name)).toBeVisible();
  await expect(agents).toContainText('Done');
  await expect(page.getByRole('link', { name: /^Data: Unknown for/ })).toBeVisible();

  await simulator.control('traps', { slow: false });
  installation.again();

  await expect(banner).toBeHidden();
  await expect(page.getByText('Healthy', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/as many rows here as in HaloPSA/)).toBeVisible();
  await expect(page.getByRole('link', { name: /^Data: Live/ })).toBeVisible();
  const runs = page.getByRole('group', { name: /^The last \d+ runs$/ });
  await expect(runs.getByText('Complete').first()).toBeVisible();
  await expect(runs.getByText('Running')).toBeHidden();
  expect(await page.evaluate(() => 'stayed' in window), 'nobody loaded the page again').toBe(true);

  await page.reload();
  await expect(heading(page, name), 'the session is still valid').toBeVisible();
});
