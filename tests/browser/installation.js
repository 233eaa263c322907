// @ts-check
// Haloscope as people meet it: `haloscope serve` on a folder that was empty, and its API to arrange what a test is not
// about.
import path from 'node:path';

import { expect } from '@playwright/test';

import { Process } from './process.js';

/** @typedef {import('@playwright/test').APIRequestContext} Requests */
/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('./desk.js').Simulator} Simulator */

/** The first administrator. */
export const ANA = { name: 'ana', display_name: 'Ana Reed', password: 'twelve words are too many' };

/** `haloscope serve`, which can be killed and started again. */
export class Installation {
  /** @param {string} folder */
  constructor(folder) {
    this.environment = { HALOSCOPE_DATA: path.join(folder, 'data') };
    this.process = this.#serve('127.0.0.1:0');
    this.origin = '';
    /** The one-time link of the first administrator. */
    this.firstLink = '';
  }

  /** @param {string} address */
  #serve(address) {
    return new Process(['serve', '--listen', address], this.environment);
  }

  async untilReady() {
    const link = () => (this.process.alive(), /http:\S+\/first-run#\w+/.exec(this.process.said)?.[0] ?? '');
    await expect.poll(link).not.toBe('');
    this.firstLink = link();
    this.origin = new URL(this.firstLink).origin;
  }

  /** Starts it again, where it was. */
  again() {
    this.process = this.#serve(new URL(this.origin).host);
  }
}

/** What a person can do by the API, with the session that the given requests carry. */
export class Api {
  /** @param {Requests} requests @param {string} origin */
  constructor(requests, origin) {
    this.requests = requests;
    this.base = `${origin}/api/v1`;
  }

  /** @param {string} method @param {string} path @param {object} [data] */
  async ask(method, path, data) {
    /** @type {Record<string, string>} */
    const headers = method === 'GET' ? {} : { 'x-csrf-token': (await this.get('/session')).csrf_token };
    const answer = await this.requests.fetch(this.base + path, { method, headers, data });
    const text = await answer.text();
    expect(answer.ok(), `${method} ${path}: ${text}`).toBe(true);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** @param {string} path */
  get(path) {
    return this.ask('GET', path);
  }

  /** @param {string} path @param {object} [data] */
  post(path, data) {
    return this.ask('POST', path, data);
  }

  /** Uses a one-time link up, which signs in. @param {string} link @param {object} more */
  enter(link, more) {
    return this.post('/links/use', { token: new URL(link).hash.slice(1), ...more });
  }

  /** Makes the first administrator and signs in. @param {Installation} installation */
  async begin(installation) {
    await this.enter(installation.firstLink, { ...ANA, zone: 'Europe/London' });
  }

  /** Adds a person. Answers the link by which a password is set. @param {string} name @param {string} role */
  async invite(name, role) {
    const { link } = await this.post('/users', { name, display_name: `${name} the ${role}`, role });
    return link.url;
  }

  /**
   * Connects a simulated HaloPSA that is asked as fast as it answers.
   * @param {Simulator} simulator @param {object} more
   */
  async connect(simulator, more = {}) {
    const form = { ...formOf(simulator), allow_private_address: true, request_limit: 100_000, ...more };
    return (await this.post('/connections', { form })).connection.id;
  }

  /** Waits until the first reading is done. @param {number} id */
  async untilRead(id) {
    const standing = async () => {
      const { as_of, first_sync } = await this.get(`/connections/${id}`);
      return Boolean(as_of) && !first_sync;
    };
    await expect.poll(standing, { timeout: 60_000 }).toBe(true);
  }
}

/** The five values as the API calls them. @param {Simulator} simulator */
function formOf({ values }) {
  return {
    auth_url: values['Auth URL'],
    resource_url: values['Resource URL'],
    tenant: values['Tenant'],
    client_id: values['Client ID'],
    client_secret: values['Client Secret'],
  };
}
