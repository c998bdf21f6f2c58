import { EC2ServiceException } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { World } from '../../src/core/world.ts';
import { snapshotIdsOf } from '../../src/ec2/lifecycle.ts';
import type { ImageRecord } from '../../src/ec2/records.ts';
import { HOME, OWNER } from '../simulated-ec2.ts';
import { selectResources, steps } from './random-steps.ts';
import { withSnapshot } from './registered-image.ts';

const addresses = 10;

/** What later steps must not undo. */
interface Past {
  readonly terminated: Set<string>;
  readonly deregistered: Set<string>;
  readonly completed: Set<string>;
  /** Images that could not be deregistered, and the end of their protection. */
  readonly protectedUntil: Map<string, number>;
}

/** Checks the invariants, which hold after every step. */
function check(world: World, past: Past): void {
  checkImages(world, past);
  checkSnapshots(world, past);
  checkVolumes(world);
  checkInstances(world, past);
}

function checkImages(world: World, past: Past): void {
  const images = world.images.all().filter(({ account }) => account === OWNER);
  const registered = images.filter(({ state }) => state !== 'deregistered');
  for (const image of registered) {
    expect(past.deregistered.has(image.id), `${image.id} is back`).toBe(false);
    for (const id of snapshotIdsOf(image)) {
      const state = world.snapshots.get(id)?.state;
      expect(state, `${id} of ${image.id}`).toBeDefined();
      if (image.state === 'available') expect(state, `${id} of the available ${image.id}`).toBe('completed');
    }
  }
  for (const image of images) checkImage(world, image, past);
  const names = registered.map(({ region, name }) => `${region} ${name}`);
  expect(new Set(names).size).toBe(names.length);
}

function checkImage(world: World, image: ImageRecord, past: Past): void {
  const { id, state, launchPermissions, deregistrationProtection: protection } = image;
  const permissions = launchPermissions.map((item) => JSON.stringify(item));
  expect(new Set(permissions).size, `permissions of ${id}`).toBe(permissions.length);
  if (state !== 'available') expect(permissions, `${id} is ${state}`).toEqual([]);
  if (permissions.includes('{"Group":"all"}')) {
    const limit = new Date(image.creationDate + 60_000);
    expect(image.deprecationTime).toBeLessThanOrEqual(limit.setUTCFullYear(limit.getUTCFullYear() + 2));
  }
  if (state === 'deregistered') {
    expect(past.protectedUntil.get(id) ?? 0, `${id} was protected`).toBeLessThanOrEqual(world.now());
    past.deregistered.add(id);
  }
  past.protectedUntil.set(id, protection === undefined ? 0 : (protection.endsAt ?? Number.POSITIVE_INFINITY));
}

function checkSnapshots(world: World, past: Past): void {
  for (const { id, state, account } of world.snapshots.all()) {
    if (account !== OWNER) continue;
    if (past.completed.has(id)) expect(state, id).toBe('completed');
    if (state === 'completed') past.completed.add(id);
  }
}

function checkVolumes(world: World): void {
  const attached = new Map<string, string>();
  for (const instance of world.instances.all()) {
    for (const { volumeId } of instance.blockDevices) {
      expect(attached.get(volumeId), `${volumeId} is attached twice`).toBeUndefined();
      attached.set(volumeId, instance.id);
    }
  }
  for (const { id, state, attachment } of world.volumes.all()) {
    expect(attached.get(id), `${id}, ${state}`).toBe(attachment?.instanceId);
    expect(state === 'in-use', `${id}, ${state}`).toBe(attachment !== undefined);
  }
}

function checkInstances(world: World, past: Past): void {
  for (const { id, state, blockDevices } of world.instances.all()) {
    if (past.terminated.has(id)) expect(state, id).toBe('terminated');
    if (state !== 'terminated') continue;
    past.terminated.add(id);
    expect(blockDevices).toEqual([]);
  }
  for (const subnet of world.subnets.all()) {
    const taken = world.instances
      .all()
      .filter(({ subnetId, state }) => subnetId === subnet.id && state !== 'terminated');
    expect(subnet.availableIpAddressCount).toBeGreaterThanOrEqual(0);
    expect(subnet.availableIpAddressCount + taken.length).toBe(addresses);
    expect(new Set(taken.map(({ privateIpAddress }) => privateIpAddress)).size).toBe(taken.length);
  }
}

/** One step: the name of the step, the resources that `which` selects, and the time until the next step. */
const step = fc.record({
  what: fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
  which: fc.nat(7),
  seconds: fc.constantFrom(0, 5, 60, 600, 5000, 90_000),
});

test('random histories keep the invariants', async () => {
  const done = new Set<string>();
  // A failure prints the seed and path that replay it.
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.nat(1000),
      async (history, seed) => {
        const simulated = withSnapshot({
          seed,
          lags: seed % 2 === 0,
          freeAddresses: addresses,
          faults: [
            { image: 'fails', skip: 2, times: 1 },
            { instance: 'terminates', afterSeconds: 20, reason: 'Server.InternalError', skip: 3 },
          ],
        });
        const { world, run, pass, registered } = simulated;
        world.publicImages.set(`${OWNER}/${HOME}`, 'unblocked');
        const past: Past = {
          terminated: new Set(),
          deregistered: new Set(),
          completed: new Set(),
          protectedUntil: new Map(),
        };
        try {
          await registered();
          for (const { what, which, seconds } of history) {
            const work = steps[what](selectResources(simulated, which));
            // EC2 may refuse the step. Only an internal error fails the test.
            const refused = await run(
              Promise.resolve(work).then(
                () => undefined,
                (error: unknown) => error,
              ),
            );
            if (refused === undefined) done.add(what);
            else if (!(refused instanceof EC2ServiceException)) throw refused;
            else expect(refused.name, `${what}: ${refused.message}`).not.toBe('NotEmulated');
            if (seconds > 0) await pass(seconds);
            check(world, past);
          }
        } finally {
          simulated.end();
        }
      },
    ),
    { numRuns: 80 },
  );
  // The histories must be useful: EC2 must accept most kinds of steps.
  expect(done.size).toBeGreaterThan(0.75 * Object.keys(steps).length);
});
