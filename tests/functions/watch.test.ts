import { describe, expect, it } from 'vitest';
import type { Watched } from '../../functions/watch.ts';
import { HOME } from '../../local/pipeline.ts';
import { plainRecipe } from '../simulated-build.ts';
import { deployed } from '../simulated-decisions.ts';

const rebuilt = { ...plainRecipe, rebuildOnNewBase: true };
const parameter = plainRecipe.base.ssmParameter;

function watched(...options: Parameters<typeof deployed>) {
  const simulation = deployed(...options);
  const { pipeline, run, world, call } = simulation;
  return {
    ...simulation,
    watch: (event: unknown = {}): Promise<Watched> =>
      run(pipeline.invoke('watch', event)) as Promise<Watched>,
    /** Changes the public parameter to another image, as Amazon does. */
    move: (change: (imageId: string) => string) => {
      const current = world.parameters
        .all()
        .find(({ region, name }) => region === HOME.region && name === parameter);
      if (current === undefined) throw new Error('the catalogue has no such parameter');
      world.parameters.put({ ...current, value: change(current.value) }, world.now(), 0);
    },
    resolve: () =>
      (call('ssm', 'GetParameter', { Name: parameter }) as { Parameter: { Value: string } }).Parameter.Value,
  };
}

/** Another image of Amazon's. */
function otherImage({ world }: Pick<ReturnType<typeof watched>, 'world'>, not: string): string {
  const other = world.images.all().find(({ id, region }) => region === HOME.region && id !== not);
  if (other === undefined) throw new Error('the catalogue has one image only');
  return other.id;
}

describe('Watch', () => {
  it('remembers the base, and does not announce it at the first check', async () => {
    const { watch, resolve, items } = watched(rebuilt);
    expect(await watch()).toEqual({ bases: { plain: resolve() }, announced: {}, failed: {} });
    expect(items()['base#plain']).toEqual({ base: { S: resolve() } });
  });

  it('announces a changed base once', async () => {
    const simulation = watched(rebuilt);
    const { watch, move, resolve } = simulation;
    await watch();
    const before = resolve();
    move((image) => otherImage(simulation, image));
    expect((await watch()).announced).toEqual({ plain: `the base changed from ${before} to ${resolve()}` });
    expect((await watch()).announced).toEqual({});
  });

  it("uses another recipe's image as a base only after its release", async () => {
    const base = { filter: { name: 'team-*', owner: 'self' } };
    const { watch, call, pass, resolve } = watched({ ...rebuilt, base });
    const make = async (Name: string, tags: Record<string, string>) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const { ImageId } = call('ec2', 'CopyImage', {
        Name,
        SourceImageId: resolve(),
        SourceRegion: HOME.region,
        TagSpecifications: Tags.length === 0 ? [] : [{ ResourceType: 'image', Tags }],
      });
      await pass(1800);
      return String(ImageId);
    };
    const own = await make('team-1', {});
    const built = await make('team-2', {
      'golden-image:recipe': 'team',
      'golden-image:execution': 'a',
      'golden-image:role': 'candidate',
    });
    expect((await watch()).bases).toEqual({ plain: own });
    const released = { Resources: [built], Tags: [{ Key: 'golden-image:role', Value: 'release' }] };
    call('ec2', 'CreateTags', released);
    await pass(60);
    expect((await watch()).bases).toEqual({ plain: built });
  });

  it('ignores recipes without rebuildOnNewBase', async () => {
    const { watch, items } = watched(plainRecipe);
    expect(await watch()).toEqual({ bases: {}, announced: {}, failed: {} });
    expect(items()).toEqual({});
  });

  it('announces a base newer than that of the last release, and again each day until it is built', async () => {
    const simulation = watched(rebuilt);
    const { watch, move, pipeline, run, pass } = simulation;
    await run(pipeline.start('plain').result);
    expect((await watch()).announced).toEqual({});
    move((image) => otherImage(simulation, image));
    expect(Object.keys((await watch()).announced)).toEqual(['plain']);
    await pass(86_000);
    expect((await watch()).announced).toEqual({});
    await pass(1000);
    expect(Object.keys((await watch()).announced)).toEqual(['plain']);
  });

  it('reports a base that it cannot resolve, and checks the others', async () => {
    const { watch, move } = watched(rebuilt);
    move(() => 'no image');
    const { bases, failed } = await watch();
    expect(bases).toEqual({});
    expect(failed.plain).toMatch(/contains "no image", which is not an AMI id/);
  });

  it('accepts that a base does not exist, and announces the base when it exists', async () => {
    const { watch, call, pass, resolve } = watched({ ...rebuilt, base: { ssmParameter: '/team/base' } });
    const put = () => call('ssm', 'PutParameter', { Name: '/team/base', Type: 'String', Value: resolve() });
    put();
    await pass(60);
    expect((await watch()).bases).toEqual({ plain: resolve() });
    call('ssm', 'DeleteParameter', { Name: '/team/base' });
    await pass(60);
    expect(await watch()).toEqual({ bases: { plain: 'none' }, announced: {}, failed: {} });
    put();
    await pass(60);
    expect((await watch()).announced).toEqual({
      plain: `there was no base before, and now the base is ${resolve()}`,
    });
  });

  it('announces the base again when the table could not record the announcement', async () => {
    const simulation = watched(rebuilt, {
      faults: [{ call: 'PutItem', error: 'AccessDeniedException', skip: 1 }],
    });
    const { watch, move } = simulation;
    await watch();
    move((image) => otherImage(simulation, image));
    expect(Object.keys((await watch()).failed)).toEqual(['plain']);
    expect(Object.keys((await watch()).announced)).toEqual(['plain']);
  });

  it.each([undefined, null, 'text', { Records: [{ Sns: { Message: '{' } }] }])(
    'ignores its input: %j',
    async (event) => {
      const { watch, resolve } = watched(rebuilt);
      expect((await watch(event)).bases).toEqual({ plain: resolve() });
    },
  );
});
