// @ts-check
// What people who only look must not load: the code of the pages that change something, and anything from elsewhere.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from './desk.js';
import { heading, link, tabs } from './screen.js';

/** @typedef {{ file: string, css?: string[], imports?: string[] }} Chunk */

/** @type {Record<string, Chunk>} */
const CHUNKS = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../web/dist/.vite/manifest.json'), 'utf8'),
);

/** Pages and parts of pages that only people who change something need. */
const EDITORS = [
  /^src\/pages\/connection\/(new|form\/.*)\.tsx$/,
  /^_ConnectionForm-/,
  /^src\/pages\/connection\/ask-rotate\.tsx$/,
  /^src\/pages\/connection\/webhook\/ProtectionForm\.tsx$/,
  /^src\/pages\/administration\//,
  /^src\/pages\/(first-run|welcome|enter)\.tsx$/,
  /^src\/ui\/RemoveSample\.tsx$/,
];

test('a viewer loads no editor, and nothing from elsewhere', async ({
  administrator,
  installation,
  simulator,
  viewer,
}) => {
  const id = await administrator.connect(simulator);
  await administrator.untilRead(id);
  /** @type {string[]} */
  const loaded = [];
  viewer.on('request', (request) => loaded.push(request.url()));

  await viewer.goto(installation.origin);
  await expect(heading(viewer, 'Home')).toBeVisible();
  await expect(viewer.getByRole('region', { name: simulator.values['Tenant'] })).toBeVisible();
  await viewer.goto(`${installation.origin}/integrations/halopsa/${id}/overview`);
  for (const tab of ['Overview', 'Connection', 'Sync', 'Webhook', 'Data', 'Activity']) {
    await link(tabs(viewer, simulator.values['Tenant']), tab).click();
    await expect(link(tabs(viewer, simulator.values['Tenant']), tab)).toHaveAttribute('aria-current', 'page');
    await expect(viewer.getByRole('main').getByRole('heading', { level: 2 }).first()).toBeVisible();
  }

  expect(
    loaded.filter((url) => new URL(url).origin !== installation.origin),
    'from elsewhere',
  ).toEqual([]);
  const editors = Object.entries(CHUNKS).filter(([name]) => EDITORS.some((editor) => editor.test(name)));
  expect(editors.map(([name]) => name)).toContain('src/pages/administration/users.tsx');
  const files = new Set(loaded.map((url) => new URL(url).pathname.slice(1)));
  expect(files, 'what is shown').toContain(CHUNKS['src/pages/home.tsx'].file);
  expect(
    editors.filter(([, { file }]) => files.has(file)).map(([name]) => name),
    'editors',
  ).toEqual([]);
});
