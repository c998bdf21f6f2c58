import { describe, expect, test } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import type { MovedChannel, Release } from '../../shared/build/execution-document.ts';
import { listen } from '../simulated-announcements.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const [CONSUMER, OTHER] = ['111122223333', '444455556666'] as const;
const roleIn = (account: string) => `arn:aws:iam::${account}:role/golden-image-pointers`;
const stable = '/golden-images/plain/stable';
const REGION = 'eu-west-1';

/** A recipe with two consumer accounts and a launch template, of which two releases have been in stable. */
async function simulateRollback() {
  const recipe = { ...plainRecipe, share: { accounts: [CONSUMER, OTHER] } };
  const simulation = simulateLeftovers({ recipes: [recipeFile(recipe)], triggers: true });
  const { world, run, call } = simulation;
  const LaunchTemplateData = { ImageId: 'ami-0123456789abcdef0', InstanceType: 'm7i.large' };
  const create = { LaunchTemplateName: 'web', LaunchTemplateData };
  const { LaunchTemplate } = call('ec2', 'CreateLaunchTemplate', create, REGION);
  const { LaunchTemplateId: template = '' } = LaunchTemplate as { LaunchTemplateId?: string };
  const publish = {
    roles: [roleIn(CONSUMER), roleIn(OTHER)],
    launchTemplates: [{ region: REGION, id: template, channel: 'stable' }],
  };
  const pipeline = deploy(world, [recipeFile({ ...recipe, publish })]);
  const ask = (request: Partial<Parameters<Pipeline['moveChannel']>[0]>, by = pipeline) =>
    run(by.moveChannel({ action: 'promote', recipe: 'plain', ...request }).result);
  const releases: { version: string; images: Record<string, string> }[] = [];
  for (let count = 0; count < 2; count++) {
    const { output } = await run(pipeline.start('plain').result);
    const { plan, release } = output as { plan: { version: string }; release: Release };
    const images = Object.fromEntries(release.images.map(({ region, imageId }) => [region, imageId]));
    releases.push({ version: plan.version, images });
    await ask({});
  }
  /** What `stable` names in an account, by region. */
  const named = (account: string) =>
    Object.fromEntries(
      world.parameters
        .all()
        .filter((one) => one.account === account && one.name === stable)
        .map(({ region, value }) => [region, value]),
    );
  const moveOf = ({ output }: { readonly output?: unknown }) => (output as { move: MovedChannel }).move;
  const [good, bad] = releases;
  if (good === undefined || bad === undefined) throw new Error('there are no two releases');
  return { ...simulation, pipeline, recipe, publish, template, ask, named, moveOf, good, bad };
}

describe('an emergency rollback', () => {
  test.each(['GetParameters', 'DescribeImages'])(
    'moves everything else if a consumer account refuses %s, and says where the bad release still is',
    async (operation) => {
      const simulation = await simulateRollback();
      const { world, ask, named, moveOf, good, bad } = simulation;
      const { messages } = await listen(simulation);
      world.authorize = (request) =>
        request.account === OTHER && request.operation === operation && request.region === REGION
          ? { action: operation, resource: '*' }
          : undefined;
      // A promotion to the same release is refused.
      const promotion = await ask({ version: good.version });
      expect(promotion.status).toBe('FAILED');

      const rollback = await ask({ action: 'rollback' });
      expect([rollback.status, rollback.cause]).toEqual(['SUCCEEDED', undefined]);
      expect(moveOf(rollback)).toMatchObject({ from: bad.version, to: good.version, images: good.images });
      for (const account of [HOME.account, CONSUMER]) expect(named(account)).toEqual(good.images);
      expect(named(OTHER)).toEqual({ ...good.images, [REGION]: bad.images[REGION] });
      const { warnings = [] } = moveOf(rollback);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(
        `${stable} in ${REGION} of ${OTHER}, which may still name ${bad.version}: `,
      );
      expect(warnings[0]).toContain("Repair the account's role");
      const repair = `golden promote plain --to stable --version ${good.version}`;
      expect(warnings[0]).toContain(repair);
      expect((await messages()).at(-1)?.Message).toContain(warnings[0]);

      world.authorize = () => undefined;
      expect(await ask({ version: good.version, channel: 'stable' })).toMatchObject({ status: 'SUCCEEDED' });
      expect(named(OTHER)).toEqual(good.images);
    },
  );

  test('moves everything else if a launch template is gone, also one without a default version to move', async () => {
    const { call, ask, named, moveOf, good, bad, template } = await simulateRollback();
    call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: template }, REGION);
    expect(await ask({ version: good.version })).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    const rollback = await ask({ action: 'rollback' });
    expect([rollback.status, rollback.cause]).toEqual(['SUCCEEDED', undefined]);
    for (const account of [HOME.account, CONSUMER, OTHER]) expect(named(account)).toEqual(good.images);
    const [warning, ...more] = moveOf(rollback).warnings ?? [];
    expect(more).toEqual([]);
    expect(warning).toContain(
      `${template}, which may still name ${bad.version}: the launch template ${template} in ${REGION}, which publish.launchTemplates names, cannot be read (`,
    );
  });

  test('leaves a launch template alone that names the parameter, because the parameter rolls it back', async () => {
    const { call, world, ask, moveOf, template } = await simulateRollback();
    const LaunchTemplateData = { ImageId: `resolve:ssm:${stable}`, InstanceType: 'm7i.large' };
    call('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateId: template, LaunchTemplateData }, REGION);
    const found = world.launchTemplates.get(template);
    const DefaultVersion = String(Math.max(...(found?.versions ?? []).map(({ version }) => version)));
    call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateId: template, DefaultVersion }, REGION);
    const before = world.launchTemplates.get(template)?.versions.length;
    const rollback = await ask({ action: 'rollback' });
    expect([rollback.status, rollback.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(moveOf(rollback)).not.toHaveProperty('warnings');
    expect(world.launchTemplates.get(template)?.versions.length).toBe(before);
  });

  test('moves everything else if a consumer account cannot launch the earlier release', async () => {
    const { world, run, call, ask, named, moveOf, good, bad } = await simulateRollback();
    const ImageId = good.images[REGION] ?? '';
    const LaunchPermission = { Remove: [{ UserId: OTHER }] };
    const input = { ImageId, Attribute: 'launchPermission', LaunchPermission };
    await run(Promise.resolve(call('ec2', 'ModifyImageAttribute', input, REGION)));
    expect(world.images.get(ImageId)?.launchPermissions).toEqual([{ UserId: CONSUMER }]);
    const rollback = await ask({ action: 'rollback' });
    expect([rollback.status, rollback.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(named(OTHER)).toEqual({ ...good.images, [REGION]: bad.images[REGION] });
    expect(moveOf(rollback).warnings).toEqual([
      expect.stringContaining(
        `${REGION} of ${OTHER}, which may still name ${bad.version}: the image ${ImageId} in ${REGION} is missing. ` +
          `Share the release with the account: golden share plain --account ${OTHER} --version ${good.version}. ` +
          `Then run golden promote plain --to stable --version ${good.version}`,
      ),
    ]);
  });

  test('leaves out what could not be read when it began, also if that could be read later', async () => {
    const { world, ask, named, moveOf, good, bad, pipeline } = await simulateRollback();
    let reads = 0;
    world.authorize = ({ account, operation }) =>
      account === OTHER && operation === 'GetParameters' && reads++ < 2
        ? { action: operation, resource: '*' }
        : undefined;
    const rollback = await ask({ action: 'rollback' }, pipeline);
    expect(rollback.status).toBe('SUCCEEDED');
    expect(named(OTHER)).toEqual(bad.images);
    expect(named(CONSUMER)).toEqual(good.images);
    expect(moveOf(rollback).warnings).toHaveLength(2);
  });
});
