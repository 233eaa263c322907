import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compress } from './compress.ts';

const server = process.env.HALOSCOPE_URL ?? 'http://127.0.0.1:8480';

export default defineConfig({
  base: '/',
  plugins: [react(), compress()],
  build: {
    // The polyfill is an inline script, which the server's content security policy forbids.
    modulePreload: { polyfill: false },
    // A data: URL in a style sheet would need another source in that policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Says which files each page needs: see budgets.mjs.
    manifest: true,
    rolldownOptions: {
      output: {
        // What every page needs in a few files instead of thirty: fewer requests, and it compresses better together.
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/, priority: 2 }],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: server } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
