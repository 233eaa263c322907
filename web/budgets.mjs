// How large the app may be, in bytes as browsers fetch them (gzip), and what a viewer's page must not load.
// `npm run budgets` after `npm run build`.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const DIST = path.join(import.meta.dirname, 'dist');
const manifest = JSON.parse(readFileSync(path.join(DIST, '.vite/manifest.json'), 'utf8'));

/** What a page loads, shell included: file under src/, and bytes at most. */
const PAGES = {
  'index.html': 200_000,
  'src/pages/sign-in.tsx': 250_000,
  'src/pages/integrations.tsx': 250_000,
  'src/pages/connection/new.tsx': 250_000,
  'src/pages/connection/overview.tsx': 250_000,
  'src/pages/connection/sync.tsx': 250_000,
  'src/pages/connection/webhook.tsx': 250_000,
};
const WHOLE = 1_500_000;

/** Bytes of a file of the build as it is sent. */
function sent(file, ending) {
  const smaller = path.join(DIST, file + ending);
  try {
    return statSync(smaller).size;
  } catch {
    return statSync(path.join(DIST, file)).size;
  }
}

/** Files that an entry needs before it can be shown. */
function files(entry, found = new Set()) {
  const chunk = manifest[entry];
  if (!chunk) throw new Error(`\`${entry}\` is not in the build: its budget needs another name`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const needed of chunk.imports ?? []) files(needed, found);
  return found;
}

function all(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const inside = path.join(folder, entry.name);
    return entry.isDirectory() ? all(inside) : [inside];
  });
}

let broken = 0;
function check(what, bytes, most) {
  const word = bytes > most ? 'TOO LARGE' : 'ok';
  if (bytes > most) broken += 1;
  console.log(`${word.padEnd(10)} ${String(bytes).padStart(9)} of ${String(most).padStart(9)}  ${what}`);
}

const shell = files('index.html');
for (const [entry, most] of Object.entries(PAGES)) {
  const needed = entry === 'index.html' ? shell : files(entry, new Set(shell));
  const bytes = [...needed].reduce((sum, file) => sum + sent(file, '.gz'), 0);
  check(entry, bytes, most);
}
const smallest = all(DIST).filter((file) => !/\.(br|gz)$/.test(file) && !file.includes('.vite'));
check(
  'the whole app in the program (brotli)',
  smallest.reduce((sum, file) => sum + sent(path.relative(DIST, file), '.br'), 0),
  WHOLE,
);
process.exit(broken ? 1 : 0);
