/** Writes two worlds into a file in turns until it is killed, and prints a byte after each write. */

import { encodeWorld, replaceFile } from '../../src/core/state-file.ts';
import { beginWorld } from '../../src/kept-world.ts';

const [path = ''] = process.argv.slice(2);
const at = Date.UTC(2026, 10, 20);
const kept = beginWorld({ seed: 1, now: () => at });
const one = encodeWorld(kept);
// Large enough that writing takes a while.
for (let index = 0; index < 20_000; index++) kept.world.counters.set(`series ${index}`, index);
const other = encodeWorld(kept);
for (;;) {
  replaceFile(path, one);
  process.stdout.write('.');
  replaceFile(path, other);
  process.stdout.write('.');
}
