/**
 * Measures what polling loses: the waits of a thousand builds, from the latency tables of the embedded AWS.
 *
 *     npm run bench:waits
 */
import { EARLIER_BUILDS_MAX } from '../shared/build/poll-interval.ts';
import { even, kinds, measure } from './simulated-waits.ts';

console.log('lost time in percent of the time that AWS needs; a thousand seeds each\n');
console.log(
  '                         builds before    median    95th percentile    polls, most    reads of Automation, most',
);
for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  for (const builtBefore of [0, 1, 2, EARLIER_BUILDS_MAX]) {
    const { medianPercent, highPercent, polls, automationReads } = measure(kind, builtBefore, even);
    console.log(
      `${kind.padEnd(25)}${String(builtBefore).padStart(13)}${medianPercent.toFixed(1).padStart(8)} %${highPercent.toFixed(1).padStart(17)} %` +
        `${String(polls).padStart(15)}${String(automationReads).padStart(29)}`,
    );
  }
}
