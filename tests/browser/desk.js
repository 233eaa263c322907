// @ts-check
// What each test may ask for beside its page: a simulated HaloPSA of its own, and Haloscope connected to it. Both
// are the real program, on free ports and in a folder that is removed afterwards.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { test as base, expect } from '@playwright/test';

import { program } from './machine.js';

export { expect };

/**
 * @typedef {import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions} Usual
 * @typedef {{ simulator: Simulator, haloscope: Haloscope }} Ours
 */

/** @type {import('@playwright/test').TestType<Usual & Ours, {}>} */
export const test = base.extend({
  simulator: async ({}, use, info) => {
    const process = new Process(['sim', '--port', '0', '--tickets', '300', '--clients', '6', '--limit', '100000'], {});
    await process.during(info, async () => use(await Simulator.of(process)));
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
});

/** The program while it runs, with what it says. */
class Process {
  said = '';

  /** @param {string[]} args @param {Record<string, string>} environment */
  constructor(args, environment) {
    this.name = args[0];
    this.child = spawn(program(), args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.said += text));
    }
  }

  /**
   * Does something while it runs, then asks it to end, as the system does. When that went wrong, says what it said.
   * @param {import('@playwright/test').TestInfo} info @param {() => Promise<void>} something
   */
  async during(info, something) {
    let done = false;
    try {
      await something();
      done = info.status === info.expectedStatus;
    } finally {
      this.child.kill('SIGTERM');
      const [code] = await this.ended;
      if (!done || code !== 0) console.error(`${this.name} ended with ${code}:\n${this.said}`);
      expect(code, `exit code of ${this.name}`).toBe(0);
    }
  }

  /** Fails a wait that can no longer succeed. */
  alive() {
    if (this.child.exitCode !== null) throw new Error(`\`${this.name}\` has ended:\n${this.said}`);
  }
}

/** A simulated HaloPSA. */
export class Simulator {
  /** @param {Record<string, string>} values the five that it prints */
  constructor(values) {
    this.values = values;
    /** @type {string} */
    this.origin = new URL(values['Resource URL']).origin;
  }

  /** @param {Process} process */
  static async of(process) {
    const values = () => Object.fromEntries(process.said.split('\n').map((line) => line.split(/:\s+/)));
    await expect.poll(() => (process.alive(), values())).toHaveProperty(['Client Secret']);
    return new Simulator(values());
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
