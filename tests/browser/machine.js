// @ts-check
// What `cargo x browser` tells the tests about this machine.
import path from 'node:path';

/** Where reports and pictures go; never committed. */
export const OUT = path.resolve(import.meta.dirname, '../../.haloscope/browser');

/** The browser. */
export const browser = () => told('HALOSCOPE_BROWSER');

/** The program `haloscope`, whose `sim` is the simulator. */
export const program = () => told('HALOSCOPE_PROGRAM');

/** @param {string} name */
function told(name) {
  const value = process.env[name];
  if (!value) throw new Error(`\`${name}\` is not set: run \`cargo x browser\``);
  return value;
}
