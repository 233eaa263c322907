// @ts-check
// How tests find things: by what they are called on the screen.

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('@playwright/test').Locator} Locator */
/** @typedef {(page: Page | Locator, name: string) => Locator} Find */

/** @type {Find} */
export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });
/** @type {Find} */
export const link = (page, name) => page.getByRole('link', { name, exact: true });
/** @type {Find} */
export const button = (page, name) => page.getByRole('button', { name, exact: true });
/** @type {Find} */
export const field = (page, name) => page.getByLabel(name, { exact: true });

/** Where one is at home in the app. @param {Page} page */
export const menu = (page) => page.getByRole('navigation', { name: 'Main' });
/** The tabs of a connection or of a page. @param {Page} page @param {string} of */
export const tabs = (page, of) => page.getByRole('navigation', { name: of, exact: true });

/** The five values, in the order in which HaloPSA and the form show them. */
export const FIVE = ['Auth URL', 'Resource URL', 'Tenant', 'Client ID', 'Client Secret'];

/** Fills in the connection form. @param {Page} page @param {Record<string, string>} values */
export async function fillIn(page, values) {
  for (const name of FIVE) await field(page, name).fill(values[name]);
}

/** Opens More, and allows that HaloPSA has a private address. @param {Page} page */
export async function allowPrivateAddress(page) {
  const box = page.getByLabel('Allow a private address');
  if (!(await box.isVisible())) await page.getByText('More', { exact: true }).click();
  await box.check();
}
