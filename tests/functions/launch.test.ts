import { subscribeToProduct } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Builder, PendingBuilder, Plan } from '../../shared/build/execution-document.ts';
import { ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { failureOf, plainRecipe, simulateBuild } from '../simulated-build.ts';
import { createKey } from '../simulated-keys.ts';

describe('Launch', () => {
  it('launches a builder that requires IMDSv2, has no open ports, has tags on all resources and stops on shutdown', async () => {
    const build = simulateBuild({
      recipe: {
        ...plainRecipe,
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 20, type: 'gp3' }] },
      },
    });
    const { instanceId } = await build.through<Builder>('launch');

    const instance = build.world.instances.get(instanceId);
    expect(instance).toMatchObject({
      state: 'running',
      instanceType: 'm7i.large',
      metadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      shutdownBehavior: 'stop',
      tags: {
        'golden-image:execution': build.execution,
        'golden-image:role': 'builder',
        'golden-image:recipe': 'plain',
      },
    });
    for (const id of instance?.securityGroupIds ?? []) {
      expect(build.world.securityGroups.get(id)?.ingress).toEqual([]);
    }
    const volumes = (instance?.blockDevices ?? []).map(({ volumeId }) => build.world.volumes.get(volumeId));
    expect(volumes).toMatchObject([{ sizeGiB: 20, tags: { 'golden-image:execution': build.execution } }]);
  });

  it.each([
    ['of the base', []],
    [
      'of the base that the recipe changes, and new volumes',
      [
        { device: '/dev/xvda', sizeGiB: 12, type: 'gp3' },
        { device: '/dev/sdf', sizeGiB: 20, type: 'gp3' },
      ],
    ],
  ])('encrypts volumes with the key of the recipe: volumes %s', async (_, volumes) => {
    const build = simulateBuild();
    const key = await createKey(build, HOME.region);
    const another = await createKey(build, HOME.region);
    const snapshot = ownSnapshot(build.world, { encrypted: true, kmsKeyId: another });
    build.document.recipe = {
      ...snapshotRecipe,
      ...{ regions: [HOME.region], share: {}, encryption: { keys: { [HOME.region]: key } } },
      build: { ...plainRecipe.build, volumes },
    };
    const { instanceId } = await build.through<Builder>('launch');
    const own = build.world.volumes.all().filter(({ attachment }) => attachment?.instanceId === instanceId);
    expect(
      own.map(({ attachment, kmsKeyId, snapshotId }) => [attachment?.device, kmsKeyId, snapshotId]),
    ).toEqual([
      ['/dev/xvda', key, snapshot.id],
      ...(volumes.length > 0 ? [['/dev/sdf', key, undefined]] : []),
    ]);
  });

  it('launches once when it is called repeatedly, also when the answer to the first call was lost', async () => {
    const build = simulateBuild();
    await build.invoke('plan');
    await build.invoke('launch');
    delete build.document.builder;
    await build.invoke('launch');
    delete build.document.builder;
    const { instanceId } = await build.finish<Builder>('launch');

    expect(build.resources().filter((one) => one.startsWith('instance'))).toHaveLength(1);
    expect(build.world.instances.get(instanceId)?.state).toBe('running');
  });

  it('tries all types in all subnets, in order, until there is capacity', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'RunInstances',
          where: { InstanceType: 'm7i.large' },
          times: 2,
          error: 'InsufficientInstanceCapacity',
          status: 500,
        },
        {
          call: 'RunInstances',
          where: { InstanceType: 'm7i.large' },
          error: 'InsufficientFreeAddressesInSubnet',
        },
        { call: 'RunInstances', where: { InstanceType: 'm6i.large' }, error: 'Unsupported' },
      ],
    });
    const builder = await build.through<Builder>('launch');

    const [first, second, third] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({ instanceType: 'm6i.large', subnetId: second });
    expect(builder.refused).toMatchObject([
      { instanceType: 'm7i.large', subnetId: first, code: 'InsufficientInstanceCapacity' },
      { instanceType: 'm7i.large', subnetId: second, code: 'InsufficientInstanceCapacity' },
      { instanceType: 'm7i.large', subnetId: third, code: 'InsufficientFreeAddressesInSubnet' },
      { instanceType: 'm6i.large', subnetId: first, code: 'Unsupported' },
    ]);
    // Four refusals and one launch: the SDK did not retry the calls without capacity.
    expect(build.world.faultsMet[0]).toBe(3);
  });

  it('tries the next type or subnet when an accepted instance ends because of missing capacity', async () => {
    const build = simulateBuild({
      faults: [{ instance: 'terminates', afterSeconds: 2, reason: 'Server.InsufficientInstanceCapacity' }],
    });
    const builder = await build.through<Builder>('launch');

    const [first, second] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({ instanceType: 'm7i.large', subnetId: second });
    expect(builder.refused).toMatchObject([{ subnetId: first, code: 'Server.InsufficientInstanceCapacity' }]);
  });

  it.each(['Server.InternalError', 'Server.ScheduledStop', 'Server.SomethingNew'])(
    'tries the next type or subnet when an accepted instance ends with %s, a fault in EC2',
    async (reason) => {
      const build = simulateBuild({ faults: [{ instance: 'terminates', afterSeconds: 2, reason }] });
      const builder = await build.through<Builder>('launch');

      const [first, second] = build.pipeline.deps.settings.subnets;
      expect(builder).toMatchObject({ instanceType: 'm7i.large', subnetId: second });
      expect(builder.refused).toMatchObject([{ instanceType: 'm7i.large', subnetId: first, code: reason }]);
      expect(build.world.instances.get(builder.instanceId)?.state).toBe('running');
    },
  );

  it('names the fault, and not capacity, when all launches end with a fault', async () => {
    const build = simulateBuild({
      faults: [{ instance: 'terminates', afterSeconds: 2, times: 'always', reason: 'Server.InternalError' }],
    });
    const subnets = build.pipeline.deps.settings.subnets.join(', ');
    expect(await failureOf(build.through('launch'))).toEqual({
      name: 'BuildFailed',
      message:
        'Faults in EC2 prevented every launch of the builder in us-east-1. Failed launches: 6. ' +
        `m7i.large in ${subnets}; m6i.large in ${subnets}: Server.InternalError: Internal error on launch`,
    });
  });

  it('fails with NoCapacity when launches end with a fault or with missing capacity', async () => {
    const build = simulateBuild({
      faults: [
        { instance: 'terminates', afterSeconds: 2, reason: 'Server.InternalError' },
        { call: 'RunInstances', skip: 1, times: 'always', error: 'Unsupported' },
      ],
    });
    expect(await failureOf(build.through('launch'))).toMatchObject({
      name: 'NoCapacity',
      message: expect.stringMatching(
        /^Missing capacity and faults in EC2 prevented every launch of the builder in us-east-1\. Failed launches: 6\. .*: Server\.InternalError/,
      ),
    });
  });

  /** A fault of RunInstances that outlasts the SDK's retries of one invocation. */
  const ATTEMPTS_OF_SDK = 5;

  it.each([
    ['InternalError', 500],
    ['InternalFailure', 500],
    ['ServerInternal', 500],
    ['ServiceUnavailable', 503],
    ['Unavailable', 503],
    ['SomethingNew', 502],
  ])(
    'tries the next type or subnet when RunInstances fails with %s (%i), a fault in EC2',
    async (error, status) => {
      const build = simulateBuild({
        faults: [{ call: 'RunInstances', times: ATTEMPTS_OF_SDK, error, status }],
      });
      const builder = await build.through<Builder>('launch');

      const [first, second] = build.pipeline.deps.settings.subnets;
      expect(builder).toMatchObject({ instanceType: 'm7i.large', subnetId: second });
      expect(builder.refused).toMatchObject([{ instanceType: 'm7i.large', subnetId: first, code: error }]);
      expect(build.resources().filter((one) => one.startsWith('instance'))).toHaveLength(1);
    },
  );

  it('uses the instance that RunInstances created in spite of its fault', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'RunInstances',
          times: ATTEMPTS_OF_SDK,
          error: 'InternalError',
          status: 500,
          afterEffect: true,
        },
      ],
    });
    const builder = await build.through<Builder>('launch');

    const [first] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({ instanceType: 'm7i.large', subnetId: first, refused: [] });
    expect(build.resources().filter((one) => one.startsWith('instance'))).toHaveLength(1);
  });

  it('leaves an instance that becomes visible too late to CleanUp', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'RunInstances',
          times: ATTEMPTS_OF_SDK,
          error: 'InternalError',
          status: 500,
          afterEffect: true,
        },
        { reads: 'lag', of: 'i', seconds: 120 },
      ],
    });
    const builder = await build.through<Builder>('launch');

    const [first, second] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({
      subnetId: second,
      refused: [{ subnetId: first, code: 'InternalError' }],
    });
    expect(build.resources().filter((one) => one.startsWith('instance'))).toHaveLength(2);
    build.document.failure = { Error: 'BuildFailed' };
    await build.finish('cleanUp');
    expect(build.resources()).toEqual([]);
  });

  it('tries again in a type and subnet that failed because of a fault, after all others', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'RunInstances', times: ATTEMPTS_OF_SDK, error: 'InternalError', status: 500 },
        { call: 'RunInstances', times: 5, error: 'Unsupported' },
      ],
    });
    const builder = await build.through<Builder>('launch');

    const [first] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({ instanceType: 'm7i.large', subnetId: first });
    expect(builder.refused.map(({ code }) => code)).toEqual(Array(5).fill('Unsupported'));
  });

  it('names the fault when RunInstances fails everywhere for minutes', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'RunInstances',
          times: 'always',
          error: 'InternalError',
          message: 'An internal error has occurred',
          status: 500,
        },
      ],
    });
    await build.through('plan');
    const began = build.world.now();
    const { name, message } = await failureOf(build.finish('launch'));

    expect(name).toBe('BuildFailed');
    const subnets = build.pipeline.deps.settings.subnets;
    expect(message).toMatch(
      /^Faults in EC2 prevented every launch of the builder in us-east-1\. Failed launches: 6\. /,
    );
    expect(message).toContain('InternalError (An internal error has occurred)');
    for (const named of ['m7i.large', 'm6i.large', ...subnets]) expect(message).toContain(named);
    const minutes = (build.world.now() - began) / 60_000;
    expect(minutes).toBeGreaterThan(4);
    expect(minutes).toBeLessThan(10);
    expect(build.resources()).toEqual([]);
  });

  it('tries the next type or subnet when an instance ends whose launch was never answered', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'RunInstances', error: 'InternalError', status: 500, afterEffect: true },
        { instance: 'terminates', afterSeconds: 0.1, reason: 'Server.InsufficientInstanceCapacity' },
      ],
    });
    const builder = await build.through<Builder>('launch');

    const [first, second] = build.pipeline.deps.settings.subnets;
    expect(builder).toMatchObject({
      subnetId: second,
      refused: [{ subnetId: first, code: 'IdempotentInstanceTerminated' }],
    });
  });

  it("lists all attempts with EC2's answers when there is no capacity anywhere", async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'RunInstances',
          times: 'always',
          error: 'InsufficientInstanceCapacity',
          message: 'We do not have it.',
          status: 500,
        },
      ],
    });
    const { name, message } = await failureOf(build.through('launch'));

    expect(name).toBe('NoCapacity');
    const subnets = build.pipeline.deps.settings.subnets.join(', ');
    expect(message).toBe(
      'EC2 has no capacity for the builder in us-east-1: start the build again later, or add instance types of other families to ' +
        `build.instanceTypes. Failed launches: 6. m7i.large in ${subnets}; m6i.large in ${subnets}: ` +
        'InsufficientInstanceCapacity (We do not have it.)',
    );
    expect(build.resources()).toEqual([]);
  });

  it("fails with EC2's reason when the instance ends for another reason", async () => {
    const build = simulateBuild({
      faults: [
        {
          instance: 'terminates',
          afterSeconds: 2,
          reason: 'Client.VolumeLimitExceeded',
          message: 'Volume limit exceeded',
        },
      ],
    });
    const { name, message } = await failureOf(build.through('launch'));

    expect(name).toBe('BuildFailed');
    expect(message).toContain('Client.VolumeLimitExceeded: Volume limit exceeded');
  });

  it.each([
    ['Client.InternalError', 'Client.InternalError: Client error on launch'],
    ['Server.InternalError', 'Client.InternalError: Client error on launch'],
    [
      'Client.InternalError',
      'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
    ],
  ])('names an encryption key as the usual cause of %s (%s)', async (reason, message) => {
    const build = simulateBuild({
      faults: [{ instance: 'terminates', afterSeconds: 2, reason, message }],
    });
    const failure = await failureOf(build.through('launch'));

    expect(failure.name).toBe('BuildFailed');
    expect(failure.message).toMatch(/^The builder i-\w+ became shutting-down instead of running; EC2 says: /);
    expect(failure.message).toContain(message);
    expect(failure.message).toContain(
      'The usual cause is an encryption key that is not enabled or that the pipeline may not use: ' +
        'check encryption.keys of the recipe, the default key for EBS encryption in us-east-1 and the keys of the base image',
    );
  });

  it('leaves throttling to the retries of the SDK, then of the state machine', async () => {
    const passing = simulateBuild({
      faults: [{ call: 'RunInstances', times: 3, error: 'RequestLimitExceeded', status: 503 }],
    });
    expect(await passing.through<PendingBuilder>('launch')).toMatchObject({ refused: [] });
  });

  it('fails as throttled, and records no failed launch, when throttling outlasts the retries of the SDK', async () => {
    const build = simulateBuild({
      faults: [{ call: 'RunInstances', times: 'always', error: 'RequestLimitExceeded', status: 503 }],
    });
    expect(await failureOf(build.through('launch'))).toMatchObject({ name: 'Throttled' });
    expect(build.document).not.toHaveProperty('builder');
  });

  it('refuses an invalid document', async () => {
    const build = simulateBuild();
    build.document.plan = { recipe: 'plain' };
    expect(await failureOf(build.invoke('launch'))).toMatchObject({
      name: 'Defect',
      message: expect.stringContaining('document.plan'),
    });
  });

  it('names the terms to accept when the account has no subscription to the product, and tries no other type', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: ['us-east-1'], share: {} } });
    const { base } = await build.invoke<Plan>('plan');
    const image = build.world.images.get('imageId' in base ? base.imageId : '');
    if (image === undefined) throw new Error('there is no base image');
    const productCodes = [{ ProductCodeId: 'abc123', ProductCodeType: 'marketplace' as const }];
    build.world.images.put({ ...image, productCodes }, build.world.now(), 0);
    await build.invoke('plan');
    expect(await failureOf(build.invoke('launch'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because the base image ${image.id} (${image.name}) is the AWS Marketplace product abc123, and this ` +
        'account has no subscription to it: accept the terms at https://aws.amazon.com/marketplace/pp?sku=abc123 with this account, ' +
        'then start the build again',
    });
    expect(build.resources()).toEqual([]);

    subscribeToProduct(build.world, { account: HOME.account, productCode: 'abc123' });
    expect(await build.finish<Builder>('launch')).toHaveProperty('instanceId');
  });

  it("reports EC2's answer when the account has no subscription to EC2 itself", async () => {
    const message = 'You are not subscribed to this service.';
    const build = simulateBuild({
      faults: [{ call: 'RunInstances', error: 'OptInRequired', message, status: 401 }],
    });
    expect(await failureOf(build.through('launch'))).toMatchObject({
      name: 'Denied',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a snapshot without a registered image', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    await build.through('plan');
    expect(await failureOf(build.invoke('launch'))).toMatchObject({
      name: 'Defect',
      message: expect.stringContaining('No image was registered from the base snapshot'),
    });
  });
});
