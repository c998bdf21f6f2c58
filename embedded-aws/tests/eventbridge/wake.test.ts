import { expect, onTestFinished, test } from 'vitest';
import { installClock } from '../../src/core/clock.ts';
import type { Services } from '../../src/core/service.ts';
import { keepAwake } from '../../src/core/wake.ts';
import { schedule } from '../../src/core/world.ts';
import { emptyWorld } from '../../src/new-world.ts';

const START = new Date('2026-11-20T03:00:00Z');

/** A world with only the transitions that a test schedules. */
function simulate() {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now });
  const happened: [what: string, seconds: number][] = [];
  const services: Services = {
    notes: {
      name: 'notes',
      operations: {},
      transitions: {
        note: (_, id) => void happened.push([id, (clock.now() - START.getTime()) / 1000]),
        'note.again': (_, id, at) => schedule(world, 'note', id, at + 1000),
      },
    },
  };
  const pass = (seconds: number) =>
    clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
  const inSeconds = (id: string, seconds: number, kind = 'note') =>
    schedule(world, kind, id, clock.now() + seconds * 1000);
  return { world, services, happened, pass, inSeconds };
}

test('transitions are applied when they are due, in order of time, not in order of scheduling', async () => {
  const { world, services, happened, pass, inSeconds } = simulate();
  inSeconds('before', 5);
  const sleep = keepAwake(world, services);
  inSeconds('late', 20);
  inSeconds('soon', 2);
  inSeconds('twice', 7, 'note.again');
  await pass(30);
  expect(happened).toEqual([
    ['soon', 2],
    ['before', 5],
    ['twice', 8],
    ['late', 20],
  ]);
  sleep();
});

test('overdue transitions are applied immediately', async () => {
  const { world, services, happened, pass, inSeconds } = simulate();
  inSeconds('overdue', 1);
  await pass(60);
  expect(happened).toEqual([]);
  const sleep = keepAwake(world, services);
  await pass(1);
  expect(happened).toEqual([['overdue', 60]]);
  sleep();
});

test('no transition is applied early, even if it is far in the future', async () => {
  const { world, services, happened, pass, inSeconds } = simulate();
  const sleep = keepAwake(world, services);
  const day = 86_400;
  inSeconds('far', 100 * day);
  await pass(90 * day);
  expect(happened).toEqual([]);
  await pass(11 * day);
  expect(happened).toEqual([['far', 100 * day]]);
  sleep();
});

test('a stopped timer applies nothing, and earlier listeners are still called', async () => {
  const { world, services, happened, pass, inSeconds } = simulate();
  const told: number[] = [];
  const before = (at: number) => void told.push(at);
  world.wake = before;
  const sleep = keepAwake(world, services);
  inSeconds('never', 5);
  expect(told).toHaveLength(1);
  sleep();
  expect(world.wake).toBe(before);
  inSeconds('neither', 6);
  await pass(60);
  expect(happened).toEqual([]);
});
