// @ts-check
// Configuration > Integrations > Webhooks, as a person uses it: everything is found by what it is called on the screen.
import { expect, test } from './desk.js';
import { findings } from './look.js';
import { button, field, heading, link } from './screen.js';
import { ELEVEN, addEvent, makeWebhook, openWebhooks } from './simulated.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9/hooks';

/** The details of a webhook lead there. @param {Page} page */
async function openDeliveries(page) {
  await link(page, 'Deliveries').click();
  await expect(page.getByRole('table')).toBeVisible();
}

/** Cells of the table under these headings, line by line. @param {Page} page @param {string[]} headings */
async function cells(page, ...headings) {
  const all = await page.getByRole('columnheader').allTextContents();
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
  const lines = await Promise.all((await rows.all()).map((row) => row.getByRole('cell').allTextContents()));
  return lines.map((line) => headings.map((heading) => line[all.indexOf(heading)]));
}

test('the guide is followed word by word, and all eleven events arrive', async ({ page, simulator, haloscope }) => {
  const url = await haloscope.callbackUrl();
  await openWebhooks(page, simulator);
  await makeWebhook(page, 'Haloscope', url, ELEVEN);
  await expect(field(page, 'Payload URL')).toHaveValue(url);

  for (const event of ELEVEN) await simulator.control('webhooks/fire', { event, count: 1 });

  const arrived = async () => (await haloscope.log()).map((/** @type {any} */ one) => one.event);
  await expect.poll(arrived).toEqual(ELEVEN.toReversed());
  await simulator.control('deliveries/flush', {});
  await openDeliveries(page);
  const answered = ELEVEN.map((event) => [event, 'Delivered', '200']).reverse();
  expect(await cells(page, 'Event', 'Status', 'Response')).toEqual(answered);
});

test('what happens at HaloPSA is told by itself, and is here', async ({ page, simulator, haloscope }) => {
  await openWebhooks(page, simulator);
  await makeWebhook(page, 'Haloscope', await haloscope.callbackUrl(), ELEVEN);

  await simulator.control('mutate', { seed: 3, count: 40 });
  const { deliveries } = await simulator.control('deliveries/flush', {});

  expect(deliveries.delivered).toBeGreaterThan(10);
  const states = async () => (await haloscope.log()).map((/** @type {any} */ one) => one.state);
  // What is not listed as changed yet is settled by the next pass, after 30 s.
  await expect.poll(states, { timeout: 90_000 }).toEqual(Array(deliveries.delivered).fill('settled'));
  const outcomes = (await haloscope.log()).map((/** @type {any} */ one) => JSON.parse(one.outcome).did);
  expect(outcomes).toContain('read');
});

test('a delivery is sent again from its page, and counts as a repeat', async ({ page, simulator, haloscope }) => {
  await openWebhooks(page, simulator);
  await makeWebhook(page, 'Haloscope', await haloscope.callbackUrl(), ['Ticket Changed']);
  await simulator.control('webhooks/fire', { event: 'Ticket Changed', count: 1 });
  await simulator.control('deliveries/flush', {});
  await openDeliveries(page);
  await page.getByRole('table').getByRole('link').click();
  await expect(heading(page, 'Delivery')).toBeVisible();

  await button(page, 'Resend').click();
  await expect(page.getByRole('status')).toHaveText('It is sent again.');

  const repeats = async () => (await haloscope.log()).map((/** @type {any} */ one) => one.repeats);
  await expect.poll(repeats).toEqual([1]);
});

test('a second webhook of the same name is refused, and keeps what was filled in', async ({ page, simulator }) => {
  await openWebhooks(page, simulator);
  await makeWebhook(page, 'Haloscope', NOWHERE, ['Ticket Changed']);
  await link(page, 'Webhooks').click();
  await link(page, 'New').click();
  await field(page, 'Webhook Name').fill('haloscope');
  await field(page, 'Payload URL').fill(`${NOWHERE}/other`);
  await addEvent(page, 'Site created');
  await button(page, 'Save').click();

  await expect(page.getByRole('alert')).toHaveText('Name must be unique.');
  await expect(field(page, 'Webhook Name')).toHaveAccessibleDescription('Name must be unique.');
  await expect(field(page, 'Webhook Name')).toBeFocused();
  await expect(field(page, 'Payload URL')).toHaveValue(`${NOWHERE}/other`);
  await expect(page.getByRole('listitem').getByText('Site created')).toBeVisible();

  await field(page, 'Webhook Name').fill('Another');
  await button(page, 'Save').click();
  await link(page, 'Webhooks').click();
  await expect(heading(page, 'Webhooks')).toBeVisible();
  expect(await cells(page, 'Webhook Name', 'Events')).toEqual([['Haloscope', '1'], ['Another', '1']]);
});

/**
 * Goes on with the Tab key to where it should lead.
 * @param {Page} page @param {import('@playwright/test').Locator} wanted
 */
async function tabTo(page, wanted) {
  const isFocused = () => wanted.evaluate((element) => element === document.activeElement);
  for (let presses = 0; !(await isFocused()); presses += 1) {
    expect(presses, 'the Tab key leads there').toBeLessThan(60);
    await page.keyboard.press('Tab');
  }
  await expect(wanted, 'it shows where one is').not.toHaveCSS('outline-style', 'none');
}

test('a webhook is made with the keyboard alone', async ({ page, simulator }) => {
  const press = async (/** @type {import('@playwright/test').Locator} */ wanted) => {
    await tabTo(page, wanted);
    await page.keyboard.press('Enter');
  };
  await page.goto(`${simulator.origin}/config`);
  await press(link(page, 'Integrations'));
  await expect(heading(page, 'Integrations')).toBeVisible();
  await press(link(page, 'Webhooks'));
  await press(link(page, 'New'));
  await expect(field(page, 'Webhook Name'), 'one can type at once').toBeFocused();
  await page.keyboard.type('By hand');
  await page.keyboard.press('Tab');
  await expect(field(page, 'Payload URL')).toBeFocused();
  await page.keyboard.type(NOWHERE);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('Add at least one event.');
  for (const event of ['Ticket Changed', 'Invoice deleted']) {
    await expect(button(page, 'Add'), 'the next step').toBeFocused();
    await page.keyboard.press('Enter');
    await expect(field(page, 'Event')).toBeFocused();
    await page.keyboard.type(event);
    await press(button(page, 'Save'));
    await expect(page.getByRole('listitem').getByText(event)).toBeVisible();
  }
  await press(button(page, 'Remove Ticket Changed'));
  await expect(page.getByRole('listitem').getByText('Ticket Changed')).toBeHidden();
  await press(button(page, 'Save'));
  await expect(heading(page, 'By hand')).toBeVisible();
  await press(link(page, 'Webhooks'));
  await expect(heading(page, 'Webhooks')).toBeVisible();
  expect(await cells(page, 'Webhook Name', 'Payload URL', 'Events')).toEqual([['By hand', NOWHERE, '1']]);
});

test('no screen hinders people with assistive technology', async ({ page, simulator, haloscope }) => {
  /** @type {string[]} */
  const found = [];
  const look = async (/** @type {string} */ name) => found.push(...(await findings(page, name)));

  await page.goto(`${simulator.origin}/config`);
  await look('configuration');
  await link(page, 'Integrations').click();
  await look('integrations');
  await link(page, 'Webhooks').click();
  await look('webhooks-none');
  await link(page, 'New').click();
  await look('new-webhook');
  await button(page, 'Save').click();
  await look('new-webhook-refused');
  await button(page, 'Add').click();
  await look('new-event');
  await button(page, 'Save').click();
  await look('new-event-refused');
  await openWebhooks(page, simulator);
  await makeWebhook(page, 'Haloscope', await haloscope.callbackUrl(), ELEVEN);
  await look('webhook');
  await page.setViewportSize({ width: 390, height: 844 });
  await look('webhook-narrow');
  await page.setViewportSize({ width: 1280, height: 720 });
  await link(page, 'Deliveries').click();
  await look('deliveries-none');
  for (const event of ELEVEN) await simulator.control('webhooks/fire', { event, count: 2 });
  await simulator.control('deliveries/flush', {});
  await page.reload();
  await look('deliveries');
  await page.getByRole('table').getByRole('link').first().click();
  await look('delivery');
  await link(page, 'Webhooks').click();
  await look('webhooks');

  expect(found).toEqual([]);
});
