// @ts-check
// What each test may ask for beside its page: a simulated HaloPSA of its own, and Haloscope, connected to it or on an
// empty folder. All are the real program, on free ports and in a folder that is removed afterwards.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { test as base, expect } from '@playwright/test';

import { ANA, Api, Installation } from './installation.js';
import { program } from './machine.js';
import { Process } from './process.js';

export { expect };

/**
 * @typedef {import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions} Usual
 * @typedef {import('@playwright/test').PlaywrightWorkerArgs} OfAll
 * @typedef {object} Ours
 * @property {string[]} simulation more options of the simulator
 * @property {Simulator} simulator a simulated HaloPSA
 * @property {Haloscope} haloscope served, connected to it and read
 * @property {Installation} installation served on an empty folder: nobody can sign in yet
 * @property {Api} administrator the API of the installation, used by its first administrator
 * @property {import('@playwright/test').Page} viewer a page of its own, signed in as a viewer
 */

/** @type {import('@playwright/test').TestType<Usual & Ours, OfAll>} */
export const test = base.extend({
  simulation: [[], { option: true }],
  simulator: async ({ simulation }, use, info) => {
    // Its clock is ours: what happens arrives in moments.
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const usual = ['--tickets', '300', '--clients', '6', '--limit', '100000', '--now', now];
    const simulator = new Simulator(withDefaults(simulation, usual));
    try {
      await simulator.untilReady();
      await use(simulator);
    } finally {
      await simulator.process.end(info);
    }
  },
  haloscope: async ({ simulator }, use, info) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'haloscope-browser-'));
    try {
      const haloscope = new Haloscope(folder, simulator);
      await haloscope.connect();
      const process = new Process(['serve', '--listen', '127.0.0.1:0'], haloscope.environment);
      await process.during(info, async () => {
        await haloscope.untilComplete(process);
        await use(haloscope);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  installation: async ({}, use, info) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'haloscope-browser-'));
    try {
      const installation = new Installation(folder);
      try {
        await installation.untilReady();
        await use(installation);
      } finally {
        await installation.process.end(info);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  administrator: async ({ installation, request }, use) => {
    const api = new Api(request, installation.origin);
    await api.begin(installation);
    await use(api);
  },
  viewer: async ({ installation, administrator, browser }, use) => {
    const context = await browser.newContext();
    const link = await administrator.invite('vera', 'viewer');
    await new Api(context.request, installation.origin).enter(link, { password: ANA.password });
    await use(await context.newPage());
    await context.close();
  },
});

/**
 * Begins a test at a page of the app, as its first administrator.
 * @param {import('@playwright/test').Page} page @param {Installation} installation @param {string} path
 */
export async function enterAs(page, installation, path, { name, password } = ANA) {
  await new Api(page.request, installation.origin).post('/session', { name, password });
  await page.goto(installation.origin + path);
}

/**
 * Options over the usual ones, which would be refused if given twice.
 * @param {string[]} given @param {string[]} usual
 */
function withDefaults(given, usual) {
  const rest = usual.filter((_, at) => !given.includes(usual[at - (at % 2)]));
  return [...rest, ...given];
}

/** A simulated HaloPSA. */
export class Simulator {
  /** @type {Record<string, string>} the five that it prints */
  values = {};

  /** @param {string[]} options */
  constructor(options) {
    this.options = options;
    this.process = this.#run('0');
  }

  /** @param {string} port @param {string[]} more */
  #run(port, ...more) {
    return new Process(['sim', '--port', port, ...this.options, ...more], {});
  }

  async untilReady() {
    const values = () => Object.fromEntries(this.process.said.split('\n').map((line) => line.split(/:\s+/)));
    await expect.poll(() => (this.process.alive(), values())).toHaveProperty(['Client Secret']);
    this.values = values();
  }

  get origin() {
    return new URL(this.values['Resource URL']).origin;
  }

  /** From now on it knows another Client Secret only, as when somebody made a new one. */
  async changeSecret() {
    await this.process.kill();
    this.process = this.#run(new URL(this.origin).port, '--client-secret', 'made-by-somebody-else');
    await this.untilReady();
  }

  /** Asks its controls for something. @param {string} control @param {object} body */
  async control(control, body) {
    const answer = await fetch(`${this.origin}/_sim/${control}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, `${control}: ${text}`).toBe(true);
    return JSON.parse(text);
  }
}

/** The product, with one connection. */
export class Haloscope {
  /** @param {string} folder @param {Simulator} simulator */
  constructor(folder, simulator) {
    this.values = simulator.values;
    this.environment = {
      HALOSCOPE_DATA: path.join(folder, 'data'),
      HALOSCOPE_CLIENT_SECRET: simulator.values['Client Secret'],
    };
  }

  /** Runs a command to its end and reads its JSON. @param {string[]} args */
  async run(...args) {
    const { stdout } = await promisify(execFile)(program(), args, { env: this.environment });
    return JSON.parse(stdout);
  }

  async connect() {
    const { values } = this;
    const given = ['--auth-url', values['Auth URL'], '--resource-url', values['Resource URL']];
    given.push('--tenant', values['Tenant'], '--client-id', values['Client ID']);
    await this.run('connect', '--json', '--allow-private-address', '--limit', '100000', ...given);
  }

  /** Waits until the first reading is done. @param {Process} serve */
  async untilComplete(serve) {
    const standing = async () => {
      serve.alive();
      // `status` fails as long as not all is complete, and says so all the same.
      const { connections } = await this.run('status', '--json').catch((error) => JSON.parse(error.stdout || '{}'));
      return [connections?.[0].complete, connections?.[0].live?.doing];
    };
    await expect.poll(standing, { timeout: 90_000 }).toEqual([true, 'waits']);
  }

  /** The value to enter as Payload URL. */
  async callbackUrl() {
    return (await this.run('webhook', 'url', '--json')).url.callback_url;
  }

  /** What arrived, the newest first. @param {string[]} args */
  async log(...args) {
    return (await this.run('webhook', 'log', '--json', '--limit', '1000', ...args)).log;
  }
}
