// @ts-check
// The program `haloscope` while it runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect } from '@playwright/test';

import { program } from './machine.js';

/** One run of the program, with what it says. */
export class Process {
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
   * Does something while it runs, then asks it to end.
   * @param {import('@playwright/test').TestInfo} info @param {() => Promise<void>} something
   */
  async during(info, something) {
    try {
      await something();
    } finally {
      await this.end(info);
    }
  }

  /**
   * Asks it to end, as the system does. When the test went wrong, says what it said.
   * @param {import('@playwright/test').TestInfo} info
   */
  async end(info) {
    this.child.kill('SIGTERM');
    const [code] = await this.ended;
    if (code !== 0 || info.errors.length > 0) console.error(`${this.name} ended with ${code}:\n${this.said}`);
    expect(code, `exit code of ${this.name}`).toBe(0);
  }

  /** Ends it as a power cut does. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Fails a wait that can no longer succeed. */
  alive() {
    if (this.child.exitCode !== null) throw new Error(`\`${this.name}\` has ended:\n${this.said}`);
  }
}
