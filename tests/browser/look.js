// @ts-check
// What is wrong with a page for people with assistive technology, and a picture of it.
import { createRequire } from 'node:module';

import { OUT } from './machine.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * Findings of any weight; takes a picture of the page under this name.
 * @param {import('@playwright/test').Page} page @param {string} name
 */
export async function findings(page, name) {
  await page.screenshot({ path: `${OUT}/${name}.png`, fullPage: true });
  await page.addScriptTag({ path: AXE });
  // @ts-expect-error it was added by the line before
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map((/** @type {any} */ { id, impact, nodes }) => `${name}: ${impact} ${id}: ${nodes[0].html}`);
}
