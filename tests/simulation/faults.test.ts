import { type ExecutionResult, type Fault, installClock, inventory, newWorld } from 'embedded-aws';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import { AT, plainRecipe, recipeFile, windowsRecipe } from '../simulated-build.ts';

const stages = [
  'Plan',
  'Launch',
  'Patch',
  'Stop',
  'CreateImage',
  'CopyImages',
  'ShareImages',
  'Publish',
  'CleanUp',
];
const calls = [
  ...[
    'DescribeImages',
    'DescribeInstances',
    'DescribeSubnets',
    'RunInstances',
    'StopInstances',
    'CreateImage',
    'CopyImage',
  ],
  ...[
    'DescribeImageAttribute',
    'ModifyImageAttribute',
    'CreateTags',
    'DeregisterImage',
    'TerminateInstances',
  ],
  ...['DescribeSnapshots', 'DescribeVolumes', 'StartAutomationExecution', 'GetAutomationExecution'],
];
const times = fc.constantFrom<number | 'always'>(1, 2, 7, 'always');
const skip = fc.nat({ max: 4 });
const region = fc.constantFrom(undefined, 'us-east-1', 'eu-west-1');

/** Any fault on AWS, except denied permissions of clean-up, because then resources must remain. */
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    call: fc.constantFrom(...calls),
    error: fc.constantFrom('RequestLimitExceeded', 'InternalError', 'ServiceUnavailable'),
    times: fc.constantFrom(1, 2, 7),
    afterEffect: fc.boolean(),
    status: fc.constant(503),
    skip,
    region,
  }),
  fc.record({
    call: fc.constant('RunInstances'),
    error: fc.constantFrom('InsufficientInstanceCapacity', 'Unsupported'),
    times,
    skip,
  }),
  fc.record({
    call: fc.constantFrom('CopyImage', 'ModifyImageAttribute', 'CreateTags', 'StopInstances', 'CreateImage'),
    error: fc.constantFrom('UnauthorizedOperation', 'InvalidAMIID.NotFound', 'ResourceLimitExceeded'),
    times,
    skip,
    region,
  }),
  fc.record({
    instance: fc.constant('terminates' as const),
    afterSeconds: fc.constantFrom(1, 60, 300, 900),
    reason: fc.constantFrom('Server.InsufficientInstanceCapacity', 'Server.InternalError'),
  }),
  fc.record({ image: fc.constantFrom('fails' as const, 'hangs' as const), times, region }),
  fc.record({ boot: fc.constant('fails' as const) }),
  fc.record({ agent: fc.constant('silent' as const) }),
  fc.record({
    command: fc.constantFrom('AWS-RunPatchBaseline', 'AWS-RunShellScript'),
    exitCode: fc.constant(1),
  }),
  fc.record({
    command: fc.constantFrom('AWS-RunPatchBaseline', 'AWS-RunShellScript'),
    hangs: fc.constant(true),
  }),
  fc.record({
    lambda: fc.constantFrom(...stages),
    happens: fc.constantFrom('killed before' as const, 'killed after' as const, 'invoked twice' as const),
    times: fc.constantFrom(1, 2, 3),
    skip,
  }),
);

interface Outcome {
  readonly result: ExecutionResult;
  readonly pipeline: Pipeline;
}

/** A bake with faults, until it ends; `stopAfter`: it is stopped by hand after this number of seconds. */
async function bake(
  faults: Fault[],
  seed: number,
  windows: boolean,
  stopAfterSeconds?: number,
): Promise<Outcome> {
  const clock = installClock(AT, seed);
  try {
    const recipe = recipeFile(windows ? windowsRecipe : plainRecipe);
    const world = newWorld({ seed, now: clock.now, faults });
    const pipeline = deploy(world, [recipe]);
    const execution = pipeline.start(recipe.recipe.name);
    if (stopAfterSeconds !== undefined) setTimeout(execution.stop, stopAfterSeconds * 1000);
    const result = await clock.run(execution.result);
    if (result.status === 'ABORTED') await clock.run(pipeline.cleanUp(execution));
    await clock.run(new Promise<void>((resolve) => setTimeout(resolve, 7200_000)));
    return { result, pipeline };
  } finally {
    clock.uninstall();
  }
}

/** The invariants after every bake. */
function expectOrder({ result, pipeline }: Outcome): void {
  const { world } = pipeline;
  const resources = inventory(pipeline, HOME.account);
  const images = resources.filter(({ kind }) => kind === 'image');
  expect(resources.filter(({ kind }) => kind === 'instance' || kind === 'volume')).toEqual([]);
  if (result.status === 'SUCCEEDED' || images.length > 0) {
    expect(result.status).not.toBe('FAILED');
    expect(images.map(({ region }) => region).toSorted()).toEqual(plainRecipe.regions.toSorted());
    expect(resources).toHaveLength(2 * plainRecipe.regions.length);
    for (const { id } of images) {
      expect(world.images.get(id)).toMatchObject({
        state: 'available',
        launchPermissions: plainRecipe.share.accounts.map((UserId) => ({ UserId })),
        tags: { 'golden-image:role': 'release' },
      });
    }
  } else {
    expect(resources).toEqual([]);
  }
  if (result.status !== 'ABORTED') {
    const running = world.automations.all().filter(({ endTime }) => endTime === undefined);
    expect(running.map(({ currentStep }) => currentStep)).toEqual([]);
  }
  if (result.status === 'FAILED') {
    // The cause is a sentence, and not a defect of the pipeline.
    expect(result.error).not.toMatch(/TypeError|Defect|States\.Runtime/);
    expect(result.cause).not.toMatch(/undefined|\[object Object\]|NotEmulated/);
  }
}

describe('with any faults', () => {
  it('a bake ends with a complete release, or fails and leaves no resources behind', async () => {
    const scenario = fc.tuple(
      fc.array(fault, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: 0xffff }),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ([faults, seed, windows]) =>
        expectOrder(await bake(faults, seed, windows)),
      ),
      { numRuns: 60 },
    );
  });

  it('the same is true for a bake that is stopped at any time', async () => {
    const scenario = fc.tuple(
      fc.array(fault, { maxLength: 2 }),
      fc.nat({ max: 0xffff }),
      fc.double({ min: 0.1, max: 2400, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ([faults, seed, seconds]) =>
        expectOrder(await bake(faults, seed, false, seconds)),
      ),
      { numRuns: 40 },
    );
  });
});
