import { type Fault, inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import type { Verdict } from '../../shared/build/execution-document.ts';
import { AT, plainRecipe, recipeFile, simulate, turnOnScans } from '../simulated-build.ts';

const DAY_SECONDS = 86_400;

/** git has a vulnerability of high severity without a fix. */
const recipe = {
  ...plainRecipe,
  steps: [{ name: 'tools', shell: 'dnf install -y git' }],
  gates: { cve: { failFrom: 'high' } },
};
const [today = ''] = AT.toISOString().split('T');
const tomorrow = new Date(AT.getTime() + DAY_SECONDS * 1000).toISOString().slice(0, 10);
const accepting = (until: string) => {
  const accept = [{ id: 'CVE-2026-99010', until, reason: 'only people use it' }];
  return { ...recipe, gates: { cve: { failFrom: 'high', accept } } };
};

/** A deployment in an account in which Inspector scans instances. */
async function deployed(first: typeof recipe = recipe) {
  const simulation = simulate({ recipes: [recipeFile(first)] });
  await turnOnScans(simulation);
  const { world, run } = simulation;
  const own = () => world.images.all().filter(({ account }) => account === HOME.account);
  return {
    ...simulation,
    /** Builds, and watches after every event of the execution who may launch an image. */
    async build(pipeline: Pipeline = simulation.pipeline) {
      const states: string[] = [];
      const seenBy = new Set<string>();
      let images = 0;
      const execution = pipeline.start('plain', ({ type, state }) => {
        if (type === 'StateEntered' && state) states.push(state.name);
        for (const { launchPermissions } of own())
          for (const { UserId = 'others' } of launchPermissions) seenBy.add(UserId);
        images = Math.max(images, own().length);
      });
      const { status, error, cause, output } = await run(execution.result);
      const { verdict } = (output ?? {}) as { verdict?: Verdict };
      return { status, error, cause, verdict, states, seenBy: [...seenBy], images };
    },
  };
}

describe('an image with a vulnerability that the gate does not allow', () => {
  it('is never visible to another account, and leaves nothing', async () => {
    const { build, pipeline } = await deployed();
    const { images, states, seenBy, ...ending } = await build();
    // The image and its private copy existed.
    expect(images).toBe(2);
    expect(seenBy).toEqual([]);
    expect(states).not.toContain('ShareImages');
    expect(states).not.toContain('Publish');
    expect(ending).toMatchObject({ status: 'FAILED', error: 'BuildFailed' });
    expect(ending.cause).toContain('CVE-2026-99010 (high) in git 2.50.1-1.amzn2023.0.1 (no fix)');
    expect(inventory(pipeline, HOME.account)).toEqual([]);
    const published = pipeline.world.parameters
      .all()
      .filter(({ name }) => name.startsWith('/golden-images/'));
    expect(published).toEqual([]);
  });

  it('is released while the id is accepted, and not from that date on', async () => {
    const { build, pass } = await deployed(accepting(tomorrow));
    expect(await build()).toMatchObject({
      status: 'SUCCEEDED',
      verdict: { gates: { cve: { accepted: ['CVE-2026-99010'] } } },
      seenBy: ['111122223333'],
    });
    await pass(DAY_SECONDS);
    const { status, cause } = await build();
    expect(status).toBe('FAILED');
    expect(cause).toContain(`whose acceptance ended on ${tomorrow} (only people use it)`);
  });

  it('is not released with an acceptance that has already ended', async () => {
    const { build } = await deployed(accepting(today));
    expect((await build()).cause).toContain(`whose acceptance ended on ${today}`);
  });

  it('is released if only vulnerabilities with a fix count', async () => {
    const { build, world } = await deployed();
    const gates = { cve: { failFrom: 'high', onlyFixable: true } };
    const { status, verdict } = await build(deploy(world, [recipeFile({ ...recipe, gates })]));
    expect(status).toBe('SUCCEEDED');
    expect(verdict?.warnings).toEqual([
      'gates.cve: without a fix, and therefore not counted: CVE-2026-99010',
    ]);
  });
});

it('an image that passes is released, and the build says what was found', async () => {
  const { build } = await deployed({ ...recipe, steps: [{ name: 'say', shell: 'echo one' }] });
  expect(await build()).toMatchObject({
    status: 'SUCCEEDED',
    verdict: { gates: { cve: { found: { medium: 1, low: 1 }, accepted: [] } } },
  });
});

describe('a copy that is tested, too,', () => {
  const tested = { ...plainRecipe, test: { regions: ['eu-west-1'] } };

  it('is shared only after it has booted in its region', async () => {
    const { pipeline, run } = simulate({ recipes: [recipeFile(tested)] });
    const testers: string[] = [];
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type !== 'StateEntered' || state?.name !== 'ShareImages' || testers.length > 0) return;
      for (const { region, tags, state: now } of pipeline.world.instances.all())
        if (tags['golden-image:role'] === 'tester') testers.push(`${region} ${now}`);
    });
    const { status, output } = await run(execution.result);
    expect(status).toBe('SUCCEEDED');
    expect(testers.map((one) => one.split(' ')[0]).toSorted()).toEqual(['eu-west-1', 'us-east-1']);
    expect(testers.filter((one) => /pending|running/.test(one))).toEqual([]);
    expect(output).toMatchObject({ copyVerdicts: { regions: [{ region: 'eu-west-1', phase: 'passed' }] } });
  });

  it('holds the release back if it does not boot, and leaves nothing in any region', async () => {
    const faults: Fault[] = [{ agent: 'silent', region: 'eu-west-1' }];
    const { pipeline, run } = simulate({ recipes: [recipeFile(tested)], faults });
    const states: string[] = [];
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type === 'StateEntered' && state) states.push(state.name);
    });
    const { status, cause } = await run(execution.result);
    expect(status).toBe('FAILED');
    expect(cause).toMatch(/of ami-\w+ in eu-west-1 to boot and reach Systems Manager/);
    expect(states).not.toContain('ShareImages');
    expect(inventory(pipeline, HOME.account)).toEqual([]);
  });
});

it('without Inspector, nothing is launched', async () => {
  const { pipeline, run } = simulate({ recipes: [recipeFile(recipe)] });
  const { status, error, cause } = await run(pipeline.start('plain').result);
  expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
  expect(cause).toContain('aws inspector2 enable --resource-types EC2 --region us-east-1');
  expect(pipeline.world.instances.all()).toEqual([]);
});
