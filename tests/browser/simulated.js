// @ts-check
// Configuration > Integrations > Webhooks of the simulator, as a person uses it: everything is found by what it is
// called on the screen.
import { expect } from '@playwright/test';

import { button, field, heading, link } from './screen.js';

/** @typedef {import('@playwright/test').Page} Page */

/** In the order of the guide, and exactly as the drop-down reads. */
export const ELEVEN = [
  'Ticket Changed',
  'New Ticket Logged',
  'Site created',
  'Site updated',
  'Site deleted',
  'User created',
  'User updated',
  'User deleted',
  'Invoice created',
  'Invoice updated',
  'Invoice deleted',
];

/** @param {Page} page @param {import('./desk.js').Simulator} simulator */
export async function openWebhooks(page, simulator) {
  await page.goto(`${simulator.origin}/config`);
  await expect(heading(page, 'Configuration')).toBeVisible();
  await link(page, 'Integrations').click();
  await expect(heading(page, 'Integrations')).toBeVisible();
  await link(page, 'Webhooks').click();
  await expect(heading(page, 'Webhooks')).toBeVisible();
}

/** @param {Page} page @param {string} event */
export async function addEvent(page, event) {
  await button(page, 'Add').click();
  await expect(heading(page, 'New Event')).toBeVisible();
  await field(page, 'Event').selectOption(event);
  await button(page, 'Save').click();
  await expect(heading(page, 'New Webhook')).toBeVisible();
}

/**
 * The guide from *New* to the last *Save*.
 * @param {Page} page @param {string} name @param {string} url @param {string[]} events
 */
export async function makeWebhook(page, name, url, events) {
  await link(page, 'New').click();
  await expect(heading(page, 'New Webhook')).toBeVisible();
  await field(page, 'Webhook Name').fill(name);
  await field(page, 'Payload URL').fill(url);
  for (const event of events) await addEvent(page, event);
  await expect(page.getByRole('list', { name: 'Events' }).getByRole('listitem')).toContainText(events);
  await button(page, 'Save').click();
  await expect(heading(page, name)).toBeVisible();
}
