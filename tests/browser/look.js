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

/** The two sizes that every screen must suit, and the two schemes. */
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const SCHEMES = /** @type {const} */ (['light', 'dark']);

/** Looks at screens, takes their pictures, and notes what is wrong with them. */
export class Gallery {
  /** @type {string[]} */
  faults = [];
  #now = 'the start';

  /**
   * What the page says while it is used is noted from now on.
   * @param {import('@playwright/test').Page} page @param {string} origin
   */
  async watch(page, origin) {
    await page.addInitScript({ path: AXE });
    await page.addInitScript(stand);
    const note = (/** @type {string} */ fault) => this.faults.push(`${this.#now}: ${fault}`);
    page.on('pageerror', (error) => note(`error: ${error.message}`));
    page.on('console', (line) => {
      if (line.type() === 'error') note(`console: ${line.text()} ${line.location().url}`);
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) note(`asks ${request.url()}`);
    });
  }

  /**
   * The present screen, in both sizes and both schemes.
   * @param {import('@playwright/test').Page} page @param {string} name
   */
  async show(page, name) {
    this.#now = name;
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const scheme of SCHEMES) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await page.waitForFunction(isIn, scheme);
        await page.screenshot({ path: `${OUT}/screens/${name}-${size}-${scheme}.png`, animations: 'disabled' });
        const found = await page.evaluate(judge);
        this.faults.push(...found.map((fault) => `${name}-${size}-${scheme}: ${fault}`));
      }
    }
    await page.setViewportSize(SIZES.wide);
  }
}

/** In the page: nothing moves, so that a picture is not of something half way. */
function stand() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets = [sheet];
}

/** In the page: whether it has taken over the scheme. @param {string} scheme */
function isIn(scheme) {
  return getComputedStyle(document.documentElement).colorScheme === scheme;
}

/** In the page: what people would stumble over. */
async function judge() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`scrolls sideways: ${scrollWidth} of ${clientWidth} px`] : [];
  // What is further down in a list looks like what is above.
  const more = ['tr', 'li', 'article', 'section'].map((one) => [`${one}:nth-of-type(n+7)`]);
  const part = { include: [['html']], exclude: more };
  // @ts-expect-error it was added when the page was watched
  const { violations } = await window.axe.run(part, { resultTypes: ['violations'], preload: false, elementRef: false });
  for (const { id, impact, nodes } of violations) {
    if (impact !== 'serious' && impact !== 'critical') continue;
    const [{ html, failureSummary }] = nodes;
    found.push(`${impact} ${id}, ${nodes.length} times: ${html.slice(0, 200)} ${failureSummary}`);
  }
  return found;
}
