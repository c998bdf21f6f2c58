import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateGrantCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  addDefaultNetwork,
  answerFrom,
  type ExecutionResult,
  inventory,
  services,
  settle,
  type World,
} from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { deploy, HOME } from '../../local/pipeline.ts';
import type { Release, ReleasedImage } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, type Simulation, simulate } from '../simulated-build.ts';
import {
  addStatements,
  createKey,
  deployStackKey,
  forConsumers,
  leftToIam,
  statementsIn,
} from '../simulated-keys.ts';

const [LISTED, LATER, STRANGER] = ['111122223333', '444455556666', '123456789012'] as const;
const organization = 'arn:aws:organizations::210987654321:organization/o-exampleorgid';

/** A world with a key in each region of the plain recipe. */
async function keyed(statements: object[], share: object = { accounts: [LISTED] }) {
  const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
  const keys = new Map<string, string>();
  for (const region of plainRecipe.regions) {
    keys.set(region, await createKey(simulation, region, { statements }));
  }
  const encryption = { keys: Object.fromEntries(keys) };
  return keyedBy(simulation, keys, (changes) => {
    const recipe = recipeFile({ ...plainRecipe, encryption, share, ...changes });
    return deploy(simulation.world, [recipe]).start('plain');
  });
}

/**
 * A world with the keys of the packaged template in these regions. `policyFor`: the recipe when the keys were deployed. The recipe is then
 * given inline, because a local deployment of the recipe would create and update the keys.
 */
async function keyedByStack(
  { share, regions = plainRecipe.regions }: { share: object; regions?: string[] },
  policyFor: object = { share },
) {
  const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
  const encryption = { keys: 'stack' };
  const { recipe } = recipeFile({ ...plainRecipe, encryption, ...policyFor });
  const keys = new Map<string, string>();
  for (const region of regions) keys.set(region, await deployStackKey(simulation, region, [recipe]));
  return keyedBy(simulation, keys, () =>
    simulation.pipeline.start({ recipe: { ...plainRecipe, encryption, share } }),
  );
}

function keyedBy(
  simulation: Simulation,
  keys: Map<string, string>,
  start: (changes: object) => { result: Promise<ExecutionResult> },
) {
  const { run, pass } = simulation;
  const bake = (changes: object = {}) => run(start(changes).result);
  const release = async (changes?: object): Promise<ReleasedImage[]> => {
    const { status, cause, output } = await bake(changes);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    // Changed permissions are visible a moment later.
    await pass(60);
    return (output as { release: Release }).release.images;
  };
  return { ...simulation, keys, bake, release, of: consumerOf(simulation) };
}

/** What an account can do with images and keys. */
const consumerOf =
  ({
    world,
    run,
    pass,
    pipeline,
  }: Pick<Awaited<ReturnType<typeof simulate>>, 'world' | 'run' | 'pass' | 'pipeline'>) =>
  (account: string) => {
    const clientOf = <C extends EC2Client | KMSClient>(client: C): C => {
      answerFrom(world, services, client, account);
      return client;
    };
    const config = (region: string) => ({ region, maxAttempts: 1 });
    /** The state of an instance, and whether its root volume is encrypted, or why EC2 refused the launch. */
    const launch = async ({ region, imageId }: ReleasedImage) => {
      const [subnet] = addDefaultNetwork(world, account, region).subnets;
      const input = { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 } as const;
      const sent = clientOf(new EC2Client(config(region))).send(
        new RunInstancesCommand({ ...input, SubnetId: subnet?.id }),
      );
      try {
        const { Instances } = await run(sent);
        await pass(120);
        settle(world, pipeline.services);
        return stateOf(world, Instances?.[0]?.InstanceId ?? '');
      } catch (error) {
        return (error as Error).name;
      }
    };
    return {
      launch: async (images: readonly ReleasedImage[]) => {
        const states: string[] = [];
        for (const image of images) states.push(await launch(image));
        return states;
      },
      /** Creates the grant for Auto Scaling, as the account must. */
      grantToAutoScaling: (region: string, KeyId: string) =>
        run(
          clientOf(new KMSClient(config(region))).send(
            new CreateGrantCommand({
              KeyId,
              GranteePrincipal: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
              Operations: [
                'Decrypt',
                'DescribeKey',
                'CreateGrant',
                'GenerateDataKeyWithoutPlaintext',
                'ReEncryptFrom',
                'ReEncryptTo',
              ],
            }),
          ),
        ),
    };
  };

function stateOf(world: World, instanceId: string): string {
  const instance = world.instances.get(instanceId);
  const volume = world.volumes.get(instance?.blockDevices[0]?.volumeId ?? '');
  return `${instance?.state}${volume?.encrypted ? ', encrypted' : ''}`;
}

/** The message of a build that Plan refuses. */
async function refusalOf(build: Promise<ExecutionResult>): Promise<{ errorMessage: string }> {
  const { status, error, cause = '' } = await build;
  expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
  return JSON.parse(cause);
}

const UNSEEN = 'InvalidAMIID.NotFound';
const both = (state: string) => [state, state];

describe('an image with the keys of the recipe', () => {
  it('is encrypted from the launch on, with the key of each region and without an extra copy', async () => {
    const { world, keys, release } = await keyed([leftToIam, forConsumers(LISTED)]);
    const images = await release();
    expect(images.map(({ region }) => region)).toEqual(plainRecipe.regions);
    for (const { region, snapshotIds } of images) {
      for (const id of snapshotIds) {
        expect(world.snapshots.get(id)).toMatchObject({ encrypted: true, kmsKeyId: keys.get(region) });
      }
    }
    const own = world.volumes.all().filter(({ account }) => account === HOME.account);
    expect(own.map(({ kmsKeyId }) => kmsKeyId)).toEqual(own.map(() => keys.get(HOME.region)));
    expect(world.images.all().filter(({ account }) => account === HOME.account)).toHaveLength(2);
  });

  it('is launched by the accounts of the recipe, with an encrypted root volume, and by no other account', async () => {
    const { release, of, keys } = await keyed([leftToIam, forConsumers(LISTED)]);
    const images = await release();
    expect(await of(LISTED).launch(images)).toEqual(both('running, encrypted'));
    expect(await of(STRANGER).launch(images)).toEqual(both(UNSEEN));
    for (const [region, key] of keys) {
      expect(await of(LISTED).grantToAutoScaling(region, key)).toHaveProperty('GrantId');
    }
  });

  it('is launched by the accounts of an organization', async () => {
    const member = {
      ...forConsumers('*'),
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorgid' } },
    };
    const { world, release, of } = await keyed([leftToIam, member], { organizations: [organization] });
    world.organizations.set(LATER, { organization, units: [] });
    const images = await release();
    expect(await of(LATER).launch(images)).toEqual(both('running, encrypted'));
    expect(await of(STRANGER).launch(images)).toEqual(both(UNSEEN));
  });

  it('is not built if the keys lack one consumer, until the statement of the message is added', async () => {
    const share = { accounts: [LISTED, LATER] };
    const simulation = await keyed([leftToIam, forConsumers(LISTED)], share);
    const { keys, bake, release, of, pipeline } = simulation;
    const { errorMessage } = await refusalOf(bake());
    expect(errorMessage).toContain(`do not let ${LATER} (share) launch the image`);
    expect(inventory(pipeline, HOME.account)).toEqual([]);

    const [statement, ...more] = statementsIn(errorMessage);
    expect(more).toEqual([]);
    for (const key of keys.values()) await addStatements(simulation, key, [statement as object]);
    const images = await release();
    expect(await of(LISTED).launch(images)).toEqual(both('running, encrypted'));
    expect(await of(LATER).launch(images)).toEqual(both('running, encrypted'));
  });

  it('is not built if accounts can launch it only by hand, until they may create the grant for Auto Scaling', async () => {
    const byHand = {
      ...forConsumers(LISTED),
      Condition: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } },
    };
    const simulation = await keyed([leftToIam, byHand]);
    const { errorMessage } = await refusalOf(simulation.bake());
    expect(errorMessage).toContain(`do not let ${LISTED} (share) create the grant for Auto Scaling`);
    const statements = statementsIn(errorMessage);
    for (const key of simulation.keys.values()) await addStatements(simulation, key, statements);
    const images = await simulation.release();
    expect(await simulation.of(LISTED).launch(images)).toEqual(both('running, encrypted'));
    for (const [region, key] of simulation.keys) {
      expect(await simulation.of(LISTED).grantToAutoScaling(region, key)).toHaveProperty('GrantId');
    }
  });

  it('could not be launched without that statement', async () => {
    // The permissions of an image say nothing about its key: this is the failure that the check prevents.
    const { world, release, of } = await keyed([leftToIam, forConsumers(LISTED)]);
    const images = await release();
    for (const { imageId } of images) {
      const image = world.images.get(imageId);
      if (image) world.images.put({ ...image, launchPermissions: [{ UserId: LATER }] }, world.now(), 0);
    }
    expect(await of(LATER).launch(images)).toEqual(both('terminated'));
  });
});

describe('an image with the keys that the stack creates', () => {
  const share = { accounts: [LISTED], organizations: [organization] };

  it('is built the first time, and launched in both regions by everyone in the recipe and nobody else', async () => {
    const { world, keys, release, of } = await keyedByStack({ share });
    world.organizations.set(LATER, { organization, units: [] });
    const images = await release();
    for (const { region, snapshotIds } of images) {
      for (const id of snapshotIds) {
        expect(world.snapshots.get(id)).toMatchObject({ encrypted: true, kmsKeyId: keys.get(region) });
      }
    }
    expect(await of(LISTED).launch(images)).toEqual(both('running, encrypted'));
    expect(await of(LATER).launch(images)).toEqual(both('running, encrypted'));
    expect(await of(STRANGER).launch(images)).toEqual(both(UNSEEN));
    for (const [region, key] of keys) {
      expect(await of(LISTED).grantToAutoScaling(region, key)).toHaveProperty('GrantId');
    }
  });

  it('keeps its keys, and has the same policies, if the pipeline is deployed locally', async () => {
    const { world, keys } = await keyedByStack({ share });
    const policies = () => world.keys.all().map(({ arn, policy }) => [arn, JSON.parse(policy)]);
    const ofTemplate = policies();
    const recipe = recipeFile({ ...plainRecipe, encryption: { keys: 'stack' }, share });
    deploy(world, [recipe]);
    expect(policies()).toEqual(ofTemplate);
    expect(world.keys.all()).toHaveLength(keys.size);
  });

  it('is built in a new world, in which the local deployment creates the keys', async () => {
    const recipe = recipeFile({ ...plainRecipe, encryption: { keys: 'stack' }, share });
    const { world, pipeline, run } = simulate({ recipes: [recipe] });
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'SUCCEEDED' });
    const own = world.snapshots.all().filter(({ account }) => account === HOME.account);
    const keys = world.keys.all().map(({ arn }) => arn);
    expect(keys).toHaveLength(2);
    expect(own.map(({ kmsKeyId }) => kmsKeyId).toSorted()).toEqual(keys.toSorted());
  });

  it('is not built without the key of a region, until the key is deployed there', async () => {
    const simulation = await keyedByStack({ share, regions: [HOME.region] });
    const { errorMessage } = await refusalOf(simulation.bake());
    expect(errorMessage).toContain(
      'encryption.keys is stack, which is alias/golden-images in eu-west-1, but this key does not exist: create it (aws cloudformation ' +
        'deploy --region eu-west-1 --stack-name golden-image-keys --template-file .serverless/keys.json)',
    );
    expect(inventory(simulation.pipeline, HOME.account)).toEqual([]);
    const { recipe } = recipeFile({ ...plainRecipe, encryption: { keys: 'stack' }, share });
    await deployStackKey(simulation, 'eu-west-1', [recipe]);
    expect(await simulation.release()).toHaveLength(2);
  });

  it('is not built with a key that is older than the recipe, and the refusal names both fixes', async () => {
    const simulation = await keyedByStack({ share }, { share: { accounts: [LATER] } });
    const { errorMessage } = await refusalOf(simulation.bake());
    expect(errorMessage).toContain(
      `do not let ${LISTED} (share) launch the image and create the grant for Auto Scaling: deploy the recipe with them in share (npm run deploy; aws ` +
        'cloudformation deploy --region eu-west-1 ',
    );
    const [statement] = statementsIn(errorMessage);
    for (const key of simulation.keys.values()) await addStatements(simulation, key, [statement as object]);
    expect(await simulation.of(LISTED).launch(await simulation.release())).toEqual(
      both('running, encrypted'),
    );
  });
});
