import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const SMALLEST_BYTES = 1024;
// Fonts and pictures are compressed already.
const WORTH_IT = /\.(html|js|css|svg|json|txt)$/;

/** Writes `.br` and `.gz` beside each built file, so that the server answers without compressing anything itself. */
export function compress(): Plugin {
  let folder = 'dist';
  return {
    name: 'haloscope-compress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !WORTH_IT.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        if (bytes.length <= SMALLEST_BYTES) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
