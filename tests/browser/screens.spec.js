// @ts-check
// Every screen in each of its states: nothing hinders people with assistive technology, nothing is wider than the
// screen, nothing is said on the console, and nobody else is asked for anything. The pictures are for people to look
// at.
import { enterAs, expect, test } from './desk.js';
import { ANA, Api } from './installation.js';
import { Gallery } from './look.js';
import { allowPrivateAddress, button, field, fillIn, heading, link } from './screen.js';
import { ELEVEN } from './simulated.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('@playwright/test').Locator} Locator */

test.describe.configure({ timeout: 240_000 });

/** A page, and what was seen of it. */
class Visitor {
  gallery = new Gallery();

  /** @param {Page} page @param {string} origin */
  constructor(page, origin) {
    this.page = page;
    this.origin = origin;
  }

  /** Looks at the present screen once this is there. @param {string} name @param {Locator} shown */
  async see(name, shown) {
    await expect(shown.first(), name).toBeVisible();
    await expect(this.page.getByText('Loading', { exact: true }), name).toHaveCount(0);
    await this.gallery.show(this.page, name);
  }

  /** Looks at a screen that has an address. @param {string} name @param {string} path @param {Locator} shown */
  async visit(name, path, shown) {
    // An address that differs behind `#` only would not be loaded again.
    if (path.includes('#')) await this.page.goto('about:blank');
    await this.page.goto(this.origin + path);
    await this.see(name, shown);
  }
}

/** @param {Page} page @param {string} origin */
async function visitor(page, origin) {
  const visitor = new Visitor(page, origin);
  await visitor.gallery.watch(page, origin);
  return visitor;
}

/** @param {string} link */
const pathOf = (link) => new URL(link).pathname + new URL(link).hash;
/** @param {Page} page @param {string} title */
const card = (page, title) => page.getByRole('region', { name: title });

test('before anybody is there, and without a session', async ({ page, installation, request }) => {
  const eyes = await visitor(page, installation.origin);
  await eyes.visit('first-run-no-link', '/first-run', heading(page, 'Set up Haloscope'));
  await eyes.visit('first-run', pathOf(installation.firstLink), button(page, 'Create administrator'));
  await button(page, 'Create administrator').click();
  await eyes.see('first-run-wrong', page.getByText('Choose a password.'));

  const api = new Api(request, installation.origin);
  await api.begin(installation);
  await eyes.visit('sign-in', '/', heading(page, 'Sign in'));
  await button(page, 'Password forgotten').click();
  await eyes.see('sign-in-forgotten', page.getByText(/Ask an administrator for one/));
  await eyes.visit('sign-in-ended', '/sign-in?ended=true', page.getByText('Your session ended'));
  await eyes.visit('api-docs', '/api/docs', page.getByRole('searchbox', { name: 'Search operations' }));
  await eyes.visit('welcome', pathOf(await api.invite('vera', 'viewer')), button(page, 'Set password and sign in'));
  expect(eyes.gallery.faults).toEqual([]);
});

test('before anything is connected', async ({ page, administrator, installation, simulator }) => {
  const eyes = await visitor(page, installation.origin);
  await administrator.invite('ben', 'builder');
  await enterAs(page, installation, '/');
  await eyes.see('home-empty', button(page, 'Explore with sample data'));
  await eyes.visit('integrations', '/integrations', page.getByText('Not connected', { exact: true }).last());
  await page.getByRole('searchbox', { name: 'Search integrations' }).fill('Autotask');
  await eyes.see('integrations-nothing-found', page.getByText(/No integration named .Autotask./));
  await eyes.visit('form', '/integrations/halopsa/new', page.getByText('Kind of record').first());
  await button(page, 'Save And Sync').click();
  await eyes.see('form-wrong', page.getByText('Enter the Client Secret.'));
  await allowPrivateAddress(page);
  await fillIn(page, simulator.values);
  await button(page, 'Test connection').click();
  await eyes.see('form-test-ok', page.getByText('The connection works. Nothing was saved: this was a test.'));
  await field(page, 'Client Secret').fill('of-another-application');
  await button(page, 'Test connection').click();
  await eyes.see('form-test-failed', page.getByText(/The connection does not work yet/));
  await simulator.control('traps', { forbidden: { entities: ['Invoice'] } });
  await fillIn(page, simulator.values);
  await button(page, 'Test connection').click();
  await eyes.see('form-test-warning', page.getByText(/this agent may not read invoices/));

  await eyes.visit('users', '/administration/users', page.getByRole('table', { name: 'Users' }));
  await eyes.visit('users-add', '/administration/users#add', page.getByRole('dialog', { name: 'Add user' }));
  await eyes.visit('tokens-none', '/administration/tokens', page.getByText('No program has a token yet.'));
  await eyes.visit('tokens-make', '/administration/tokens#make', page.getByRole('dialog', { name: 'Make token' }));
  await field(page, 'Name').fill('Power BI');
  await button(page.getByRole('dialog'), 'Make token').click();
  await eyes.see('tokens-made', field(page, 'Token'));
  await button(page, 'Done').click();
  await eyes.see('tokens', page.getByRole('table', { name: 'API tokens' }));
  await eyes.visit('audit', '/administration/audit', page.getByRole('table', { name: 'Audit log, newest first' }));
  await eyes.visit('workspace', '/administration/workspace', button(page, 'Save workspace'));
  await eyes.visit('account', '/account', button(page, 'Change password'));
  await eyes.visit('health', '/health', card(page, 'Checks'));
  await eyes.visit('not-found', '/no/such/page', heading(page, 'There is no such page'));
  await page.keyboard.press('?');
  await eyes.see('keys', page.getByRole('dialog', { name: 'Keys' }));
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.keyboard.press('Control+k');
  await eyes.see('commands', page.getByPlaceholder('Find a page or an action'));
  expect(eyes.gallery.faults).toEqual([]);
});

test('a connection in each of its states', async ({ page, administrator, installation, simulator, viewer }) => {
  const eyes = await visitor(page, installation.origin);
  await simulator.control('traps', { slow: { milliseconds: 300, jitter: 0 } });
  const id = await administrator.connect(simulator);
  const at = (/** @type {string} */ tab) => `/integrations/halopsa/${id}/${tab}`;
  await enterAs(page, installation, at('sync'));
  await eyes.see('sync-first', page.getByText(/^First sync \d+\s?%$/).last());
  await eyes.visit('overview-first', at('overview'), field(page, 'Webhook callback URL'));
  await eyes.visit('home-first', '/', page.getByText(/The first sync reads everything once|No webhook has arrived/));
  await simulator.control('traps', { slow: false });
  await administrator.untilRead(id);

  await eyes.visit('home', '/', card(page, simulator.values['Tenant']));
  await eyes.visit('integrations-connected', '/integrations', link(page, 'Connect another HaloPSA'));
  await eyes.visit('overview', at('overview'), card(page, 'Data'));
  await eyes.visit('sync', at('sync'), page.getByText(/as many rows here as in HaloPSA/));
  await button(page, 'Re-read everything…').click();
  await eyes.see('sync-read-all', page.getByRole('dialog', { name: 'Re-read everything?' }));
  await eyes.visit('connection', at('connection'), button(page, 'Save And Sync'));
  await eyes.visit('data', at('data'), page.getByRole('table'));
  await eyes.visit('activity', at('activity'), page.getByRole('table'));

  await eyes.visit('webhook-nothing', at('webhook'), page.getByText('Webhook received no data', { exact: true }));
  await page.getByText('Create it for me', { exact: true }).click();
  await eyes.see('webhook-create', button(page, 'Create it for me'));
  await button(page, 'Create it for me').click();
  await eyes.see('webhook-created', page.getByText(/^Made the webhook/));
  const fire = async (/** @type {string[]} */ events) => {
    for (const event of events) await simulator.control('webhooks/fire', { event, count: 1 });
    await simulator.control('deliveries/flush', {});
  };
  await fire(ELEVEN.slice(0, 5));
  await eyes.see('webhook-some', page.getByText('Webhook received no data for some events', { exact: true }));
  await fire(ELEVEN.slice(5));
  await eyes.visit('webhook-successful', at('webhook'), page.getByText('Webhook Successful', { exact: true }));
  await button(page, 'Rotate…').click();
  await eyes.see('webhook-rotate', page.getByRole('dialog', { name: 'Make a new callback URL?' }));
  await button(page, 'Keep it').click();
  await page
    .getByRole('link', { name: /Delivery \d+$/ })
    .first()
    .click();
  await eyes.see('delivery', page.getByRole('dialog').getByRole('heading', { name: 'Body' }));

  const theirs = await visitor(viewer, installation.origin);
  for (const tab of ['overview', 'connection', 'sync', 'webhook']) {
    await theirs.visit(`viewer-${tab}`, at(tab), viewer.getByRole('main').getByRole('heading', { level: 2 }));
  }
  await theirs.visit('viewer-home', '/', card(viewer, simulator.values['Tenant']));

  await administrator.post(`/connections/${id}/pause`);
  await eyes.visit('sync-paused', at('sync'), page.getByText(`Paused by ${ANA.display_name}`).first());
  await administrator.post(`/connections/${id}/resume`);
  await simulator.changeSecret();
  await administrator.post(`/connections/${id}/sync`, { full: false });
  await eyes.visit('sync-failing', at('sync'), page.getByText(/^Failing/).first());
  await eyes.visit('home-failing', '/', page.getByText(/^Failing/).first());
  expect([...eyes.gallery.faults, ...theirs.gallery.faults]).toEqual([]);
});
