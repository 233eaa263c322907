// @ts-check
// Browser tests of what people see: the web app, and the simulator's own screens of webhooks. `cargo x browser` runs
// them with the browser of the system, and says by variables where it and the program lie. Start reading at
// set-up.spec.js, the path of every new customer.
//
// They know what is written on a screen (roles and labels), the addresses of the app's pages, the command line, the
// API to arrange what a test is not about, and the simulator's controls: no selector, no address below /config,
// nothing that lies in the data folder. No wait is of a fixed length.
import { defineConfig } from '@playwright/test';

import { OUT, browser } from './machine.js';

export default defineConfig({
  testDir: '.',
  outputDir: `${OUT}/results`,
  reporter: [['list'], ['json', { outputFile: `${OUT}/report.json` }]],
  // A test that passes at the second try has failed.
  retries: 0,
  forbidOnly: true,
  // Most of a test is waiting; each has servers and folders of its own.
  workers: 2,
  // Ten times what they take; only a machine under load comes near it.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browser(),
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-gpu',
        '--disable-quic',
        '--disable-sync',
        '--no-first-run',
        // Browsers refuse to be sandboxed for root. Only our own pages are opened: no other host can be reached.
        '--no-sandbox',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    },
  },
});
