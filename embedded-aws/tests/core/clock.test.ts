import { expect, onTestFinished, test } from 'vitest';
import { installClock } from '../../src/core/clock.ts';

const START = new Date('2026-11-20T03:00:00Z');
const DAY_MS = 24 * 3600_000;

function simulate() {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const days = () => (clock.now() - START.getTime()) / DAY_MS;
  const pass = (count: number) =>
    clock.run(new Promise<void>((resolve) => setTimeout(resolve, count * DAY_MS)));
  return { clock, days, pass };
}

test.each([0, 1, 24, 25, 100, 3650])('a timer of %i days fires on time', async (count) => {
  const { days, pass } = simulate();
  const fired: [number, ...unknown[]][] = [];
  setTimeout((...args) => fired.push([days(), ...args]), count * DAY_MS, 'an', 'argument');
  await pass(count / 2);
  expect(fired).toEqual(count === 0 ? [[0, 'an', 'argument']] : []);
  await pass(count / 2 + 1);
  expect(fired).toEqual([[count, 'an', 'argument']]);
});

test.each([0, 30, 80])('a long timer that is cleared after %i days never fires', async (count) => {
  const { pass } = simulate();
  let fired = false;
  const timer = setTimeout(() => {
    fired = true;
  }, 100 * DAY_MS);
  await pass(count);
  clearTimeout(timer);
  await pass(200);
  expect(fired).toBe(false);
});

test('an uninstalled clock restores the timers', () => {
  const timers = [setTimeout, clearTimeout, Date];
  installClock(START, 7).uninstall();
  expect([setTimeout, clearTimeout, Date]).toEqual(timers);
});

test('driven time stands still while it is held', async () => {
  const { clock, pass, days } = simulate();
  const release = clock.hold();
  let isOver = false;
  const passed = pass(1).then(() => {
    isOver = true;
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect([isOver, days()]).toEqual([false, 0]);
  release();
  await passed;
  expect([isOver, days()]).toEqual([true, 1]);
});

test('a watched run catches up with the time that it shows, and its timers still fire on time', async () => {
  const { clock, pass } = simulate();
  const seconds = () => (clock.now() - START.getTime()) / 1000;
  const fired: number[] = [];
  setTimeout(() => fired.push(seconds()), 1000);
  setTimeout(() => fired.push(seconds()), DAY_MS);
  const { promise, resolve } = Promise.withResolvers<void>();
  // At this speed, the day takes longer than the test.
  const run = clock.run(promise, 1000);
  while (clock.shownNow() < START.getTime() + 60_000) await new Promise((next) => setImmediate(next));
  expect(seconds()).toBe(1);
  clock.catchUp();
  const caughtUp = seconds();
  expect(caughtUp).toBeGreaterThanOrEqual(60);
  expect(fired).toEqual([1]);
  resolve();
  await run;
  // Without a watched run, time stands still.
  clock.catchUp();
  expect(seconds()).toBe(caughtUp);
  await pass(1);
  expect(fired).toEqual([1, DAY_MS / 1000]);
});
