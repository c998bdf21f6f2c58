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
    /** Moves the public parameter to another image, as Amazon does. */
    move: (change: (imageId: string) => string) => {
      const standing = world.parameters
        .all()
        .find(({ region, name }) => region === HOME.region && name === parameter);
      if (standing === undefined) throw new Error('the catalogue lacks the parameter');
      world.parameters.put({ ...standing, value: change(standing.value) }, world.now(), 0);
    },
    resolve: () =>
      (call('ssm', 'GetParameter', { Name: parameter }) as { Parameter: { Value: string } }).Parameter.Value,
  };
}

/** Another image of Amazon's, to move to. */
function otherImage({ world }: Pick<ReturnType<typeof watched>, 'world'>, not: string): string {
  const other = world.images.all().find(({ id, region }) => region === HOME.region && id !== not);
  if (other === undefined) throw new Error('the catalogue has one image only');
  return other.id;
}

describe('Watch', () => {
  it('remembers what it sees, and tells nobody of the first look', async () => {
    const { watch, resolve, items } = watched(rebuilt);
    expect(await watch()).toEqual({ bases: { plain: resolve() }, announced: {}, failed: {} });
    expect(items()['base#plain']).toEqual({ base: { S: resolve() } });
  });

  it('tells once of a base that changed', async () => {
    const simulation = watched(rebuilt);
    const { watch, move, resolve } = simulation;
    await watch();
    const before = resolve();
    move((image) => otherImage(simulation, image));
    expect((await watch()).announced).toEqual({ plain: `the base changed from ${before} to ${resolve()}` });
    expect((await watch()).announced).toEqual({});
  });

  it("takes an image of another recipe's for a base when it is released, and not before", async () => {
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

  it('does not look after recipes that are not rebuilt for it', async () => {
    const { watch, items } = watched(plainRecipe);
    expect(await watch()).toEqual({ bases: {}, announced: {}, failed: {} });
    expect(items()).toEqual({});
  });

  it('tells of a newer base than that of the last release, again after a day, until it is built', async () => {
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

  it('says of which base it could not see, and looks after the others', async () => {
    const { watch, move } = watched(rebuilt);
    move(() => 'no image');
    const { bases, failed } = await watch();
    expect(bases).toEqual({});
    expect(failed.plain).toMatch(/holds "no image", which is no AMI id/);
  });

  it('takes it for an answer that a base does not exist, and tells when there is one', async () => {
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
    expect((await watch()).announced).toEqual({ plain: `there was no base, and now it is ${resolve()}` });
  });

  it('tells again when the table did not take what it had told', async () => {
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
    'does not mind what it is called with: %j',
    async (event) => {
      const { watch, resolve } = watched(rebuilt);
      expect((await watch(event)).bases).toEqual({ plain: resolve() });
    },
  );
});
