import { DescribeImagesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  addDefaultNetwork,
  answerFrom,
  diskOf,
  type Fault,
  inventory,
  type JournalEntry,
  services,
  type World,
} from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { example, examples } from '../example-project.ts';
import { plainRecipe, plainStages, recipeFile, simulate, windowsRecipe } from '../simulated-build.ts';

const scriptsOf = (journal: readonly JournalEntry[]) => journal.map(({ script }) => script).join('\n');

describe.each(examples)('the recipe %s', (name) => {
  const file = example(name);

  it.each([1, 2, 3])(
    'ends with one trusted image in each target region and nothing else (seed %i)',
    async (seed) => {
      const { world, pipeline, run } = simulate({ recipes: [file], seed });
      const execution = pipeline.start(name);
      const { status, output, cause } = await run(execution.result);

      expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
      const { release } = output as { release: Release };
      expect(release.images.map(({ region }) => region)).toEqual(file.recipe.regions);
      const resources = inventory(pipeline, HOME.account);
      expect(
        resources
          .filter(({ kind }) => kind === 'image')
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(release.images.map(({ imageId }) => imageId).toSorted());
      expect(
        resources
          .filter(({ kind }) => kind === 'snapshot')
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(release.images.flatMap(({ snapshotIds }) => snapshotIds).toSorted());
      expect(resources.filter(({ kind }) => kind === 'instance' || kind === 'volume')).toEqual([]);

      for (const { imageId } of release.images) {
        const image = world.images.get(imageId);
        const { accounts, organizations, organizationalUnits } = file.recipe.share;
        expect(image?.launchPermissions).toEqual([
          ...accounts.map((UserId) => ({ UserId })),
          ...organizations.map((OrganizationArn) => ({ OrganizationArn })),
          ...organizationalUnits.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
        ]);
        expect(image?.tags).toMatchObject({ ...file.recipe.tags, 'golden-image:role': 'release' });
        const disk = diskOf(pipeline, imageId);
        expect(disk?.packages).toHaveProperty('amazon-ssm-agent');
        expect(disk?.generalised).toBe(file.recipe.platform === 'windows');
        expect(disk?.files.filter((path) => path.includes('ssh_host_'))).toEqual([]);
        for (const step of file.recipe.steps) {
          if ('shell' in step)
            expect(scriptsOf(disk?.journal ?? [])).toContain(step.shell.trim().split('\n').at(-1));
        }
      }
    },
  );
});

describe('who may launch the image', () => {
  /** The view of an account in a region: the answer of DescribeImages, and whether the account may launch the image. */
  const seenBy = async (world: World, account: string, region: string, imageId: string) => {
    const client = new EC2Client({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, client, account);
    const [subnet] = addDefaultNetwork(world, account, region).subnets;
    const launch = {
      ImageId: imageId,
      InstanceType: 'm7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnet?.id,
    } as const;
    const { Images = [] } = await client.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: [imageId] }] }),
    );
    const launched = await client.send(new RunInstancesCommand(launch)).then(
      ({ Instances }) => Instances?.length,
      (error: Error) => error.name,
    );
    return { tags: Images.map(({ Tags }) => Tags), launched };
  };

  it('is exactly the accounts in the recipe, in every region', async () => {
    const recipe = { ...plainRecipe, tags: { team: 'platform', 'ec2:SharedTag/os': 'al2023' } };
    const { world, pipeline, run, pass } = simulate({ recipes: [recipeFile(recipe)] });
    const { output } = await run(pipeline.start('plain').result);
    await pass(60);
    for (const { region, imageId } of (output as { release: Release }).release.images) {
      expect(await run(seenBy(world, '111122223333', region, imageId))).toEqual({
        tags: [[{ Key: 'ec2:SharedTag/os', Value: 'al2023' }]],
        launched: 1,
      });
      expect(await run(seenBy(world, '444455556666', region, imageId))).toEqual({
        tags: [],
        launched: 'InvalidAMIID.NotFound',
      });
    }
  });
});

describe('a bake to 17 regions', () => {
  const regions = [
    ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
    ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1'],
    ...[
      'ap-south-1',
      'ap-southeast-1',
      'ap-southeast-2',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
    ],
  ];

  it.each([200, 1000])(
    'shares every image with %i accounts, within the limits of Step Functions',
    async (length) => {
      const accounts = Array.from({ length }, (_, index) => String(100_000_000_000 + index));
      const { world, pipeline, run } = simulate({
        recipes: [recipeFile({ ...plainRecipe, regions, share: { accounts } })],
      });
      let events = 0;
      const { status } = await run(pipeline.start('plain', () => events++).result);

      expect(status).toBe('SUCCEEDED');
      const images = inventory(pipeline, HOME.account).filter(({ kind }) => kind === 'image');
      expect(images.map(({ region }) => region).toSorted()).toEqual(regions.toSorted());
      for (const { id } of images) expect(world.images.get(id)?.launchPermissions).toHaveLength(length);
      // One invocation of a stage is nine events in AWS's count; the limit of an execution is 25,000.
      expect(events).toBeLessThan(2000);
    },
  );
});

describe('a bake whose credentials are renewed late', () => {
  // More often than the SDK retries a call.
  const late = { error: 'RequestExpired', message: 'Request has expired.', times: 7 };
  it.each(['DescribeSubnets', 'RunInstances', 'CreateImage', 'CopyImage', 'ModifyImageAttribute'])(
    'is released when %s answers RequestExpired for a while',
    async (call) => {
      const { pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)], faults: [{ call, ...late }] });
      const { status } = await run(pipeline.start('plain').result);
      expect(status).toBe('SUCCEEDED');
      expect(pipeline.world.faultsMet[0]).toBeGreaterThan(late.times);
    },
  );
});

/** For each stage, a fault that makes it fail permanently. */
const failures: { stage: string; recipe?: typeof plainRecipe; error: string; fault: Fault }[] = [
  {
    stage: 'Plan',
    error: 'Denied',
    fault: { call: 'DescribeSubnets', error: 'UnauthorizedOperation', status: 403 },
  },
  {
    stage: 'Launch',
    error: 'NoCapacity',
    fault: { call: 'RunInstances', times: 'always', error: 'InsufficientInstanceCapacity', status: 500 },
  },
  {
    stage: 'Patch',
    error: 'BuildFailed',
    fault: { command: 'AWS-RunPatchBaseline', exitCode: 1, output: 'No space left on device' },
  },
  {
    stage: 'Stop',
    error: 'Denied',
    fault: { call: 'StopInstances', error: 'UnauthorizedOperation', status: 403 },
  },
  {
    stage: 'CreateImage',
    error: 'BuildFailed',
    fault: { image: 'fails', by: 'CreateImage', times: 'always' },
  },
  {
    stage: 'CopyImages',
    error: 'BuildFailed',
    fault: { image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 'always' },
  },
  {
    stage: 'TestImage',
    error: 'BuildFailed',
    fault: { command: 'golden-image-check-linux', exitCode: 1, output: '/root/.bash_history' },
  },
  {
    stage: 'ShareImages',
    error: 'Denied',
    fault: { call: 'ModifyImageAttribute', region: 'eu-west-1', error: 'UnauthorizedOperation', status: 403 },
  },
  {
    stage: 'Publish',
    error: 'Denied',
    fault: {
      call: 'PutParameter',
      region: 'eu-west-1',
      skip: 1,
      error: 'AccessDeniedException',
      status: 400,
    },
  },
];

describe.each(failures)('a bake that fails at $stage', ({ stage, error, fault }) => {
  const linuxOnly = ['Stop', 'TestImage'];
  it.each([plainRecipe, windowsRecipe].filter(({ name }) => !linuxOnly.includes(stage) || name === 'plain'))(
    'fails with the reason, and leaves no resources behind ($name)',
    async (recipe) => {
      const { pipeline, run } = simulate({ recipes: [recipeFile(recipe)], faults: [fault] });
      const before = inventory(pipeline, HOME.account);
      const states: string[] = [];
      const execution = pipeline.start(recipe.name, ({ type, state }) => {
        if (type === 'StateCaught') states.push(state?.name ?? '');
      });
      const result = await run(execution.result);

      expect(result).toMatchObject({ status: 'FAILED', error });
      expect(states).toEqual([stage === 'CopyImages' || stage === 'TestImage' ? 'CopyAndTest' : stage]);
      expect(JSON.parse(result.cause ?? '').errorMessage.length).toBeGreaterThan(20);
      expect(inventory(pipeline, HOME.account)).toEqual(before);
      expect(before).toEqual([]);
    },
  );
});

describe('a function that dies', () => {
  const happenings = ['killed before', 'killed after', 'invoked twice'] as const;
  it.each(plainStages.flatMap((lambda) => happenings.map((happens) => ({ lambda, happens }))))(
    '$lambda $happens: the bake continues, and creates nothing twice',
    async ({ lambda, happens }) => {
      const { pipeline, run, pass } = simulate({
        recipes: [recipeFile(plainRecipe)],
        faults: [{ lambda, happens, times: 2 }],
      });
      const { status } = await run(pipeline.start('plain').result);
      expect(status).toBe('SUCCEEDED');
      // The tester needs some time to end.
      await pass(600);
      expect(
        inventory(pipeline, HOME.account)
          .map(({ kind, region }) => `${kind} ${region}`)
          .toSorted(),
      ).toEqual(['image eu-west-1', 'image us-east-1', 'snapshot eu-west-1', 'snapshot us-east-1']);
    },
  );
});

describe('an execution that is stopped', () => {
  const stages = plainStages.filter((stage) => stage !== 'CleanUp');
  it.each(stages.flatMap((stage) => [0.2, 2, 20].map((seconds) => ({ stage, seconds }))))(
    '$seconds s into $stage leaves no resources behind after clean-up',
    async ({ stage, seconds }) => {
      const { pipeline, run, pass } = simulate({ recipes: [recipeFile(plainRecipe)] });
      const execution = pipeline.start('plain', ({ type, state }) => {
        if (type !== 'StateEntered' || state?.name !== stage) return;
        setTimeout(execution.stop, seconds * 1000);
      });
      const { status } = await run(execution.result);
      // The last stages may have ended by then, and a release stays.
      if (status === 'SUCCEEDED') return;
      expect(status).toBe('ABORTED');
      // A function may still be running. Clean-up also finds the resources that it creates.
      expect((await run(pipeline.cleanUp(execution))).remaining).toEqual([]);
      await pass(3600);
      const left = inventory(pipeline, HOME.account);
      const isWhole = left
        .filter(({ kind }) => kind === 'image')
        .every(({ tags }) => tags['golden-image:role'] === 'release');
      expect(
        left.length === 0 ||
          (['ShareImages', 'Publish', 'Announce'].includes(stage) && isWhole && left.length === 4),
        JSON.stringify(left),
      ).toBe(true);
    },
  );
});
