import { inventory } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { FAILURES_MAX } from '../../shared/build/decision.ts';
import type { BuildRequest, Decision } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const small = { ...plainRecipe, regions: ['us-east-1'], share: {} };
const DAY = 86_400;
let triggers = 0;
const scheduled = (): BuildRequest['trigger'] => ({ type: 'schedule', id: `t${triggers++}` });

/** A deployment in which a person has built the recipe. */
function deployed(more: object = {}, options: Partial<Parameters<typeof simulate>[0]> = {}) {
  const simulation = simulate({ recipes: [recipeFile({ ...small, ...more })], ...options });
  const { pipeline, run, pass } = simulation;
  return {
    ...simulation,
    /** The result of a start: the execution's status, the decision, and the states that it entered. */
    async build(request: Omit<BuildRequest, 'recipe'> = {}) {
      const states: string[] = [];
      const execution = pipeline.start({ recipe: 'plain', ...request }, ({ type, state }) => {
        if (type === 'StateEntered' && state) states.push(state.name);
      });
      const { status, output, error } = await run(execution.result);
      const { decision } = (output ?? {}) as { decision?: Decision };
      return { execution: execution.name, status, error, decision, states };
    },
    resources: () => inventory(pipeline, HOME.account).map(({ kind }) => kind),
    days: (count: number) => pass(count * DAY),
  };
}

describe('each decision is reached, ends as skipped with success, and leaves no resources behind', () => {
  const skipped = (rule: Decision['rule'], reason: RegExp) => ({
    status: 'SUCCEEDED',
    decision: { verdict: 'skip', rule, reason: expect.stringMatching(reason) },
    states: expect.arrayContaining(['Skipped']),
  });

  test('unchanged, by a scan that finds no missing updates', async () => {
    const { build, resources, days } = deployed({ scanForUpdates: true });
    await build();
    // CreateImage has terminated the builder, but its end may take longer than the build.
    await days(1 / 24);
    const before = resources();
    const { states, ...rest } = await build({ trigger: scheduled() });
    expect({ ...rest, states }).toMatchObject(skipped('unchanged', /is up to date/));
    expect(states).toContain('Scan');
    expect(states).not.toContain('Launch');
    expect(resources()).toEqual(before);
  });

  test('changed, by a scan that finds missing updates, and built', async () => {
    const { build, resources, days } = deployed({ scanForUpdates: true });
    await build();
    await days(60);
    const before = resources();
    const { status, decision, states } = await build({ trigger: scheduled() });
    await days(1);
    expect([status, decision?.rule]).toEqual(['SUCCEEDED', 'changed']);
    expect(decision?.reason).toMatch(/is missing \d+ updates/);
    expect(states).toEqual(expect.arrayContaining(['Scan', 'Launch', 'Released']));
    expect(resources()).toEqual([...before, ...before].toSorted());
  });

  test('unchanged, without a scan when the recipe installs no updates; a build by hand is still made', async () => {
    const { build } = deployed({ patch: { install: false } });
    await build();
    expect(await build({ trigger: scheduled() })).toMatchObject(skipped('unchanged', /installs no updates/));
    expect(await build({ ifChanged: true })).toMatchObject(skipped('unchanged', /installs no updates/));
    expect((await build()).decision).toMatchObject({ verdict: 'build', rule: 'asked' });
  });

  test('old, and rebuilt although nothing has changed', async () => {
    const { build, days } = deployed({ patch: { install: false }, rebuildAfterDays: 30 });
    await build();
    await days(29);
    expect((await build({ trigger: scheduled() })).decision?.rule).toBe('unchanged');
    await days(2);
    expect((await build({ trigger: scheduled() })).decision?.reason).toMatch(/rebuildAfterDays is 30/);
  });

  test('already running: the later execution is skipped, with the name of the other', async () => {
    const { build, pipeline, pass, run } = deployed();
    const first = pipeline.start('plain');
    await pass(60);
    const second = await build({ trigger: scheduled() });
    expect(second).toMatchObject(
      skipped('already-running', new RegExp(`^${first.name} is already building plain`)),
    );
    expect((await run(first.result)).status).toBe('SUCCEEDED');
    expect((await build({ trigger: scheduled() })).decision?.verdict).toBe('build');
  });

  test('a lease whose execution was aborted is taken over', async () => {
    const { build, pipeline, pass, run } = deployed();
    const first = pipeline.start('plain');
    await pass(60);
    first.stop();
    await run(first.result);
    expect(await build()).toMatchObject({ status: 'SUCCEEDED', decision: { verdict: 'build' } });
  });

  test('frozen, until the end of the window', async () => {
    const freeze = { windows: [{ from: '2026-11-22', until: '2026-11-25', reason: 'the sale' }] };
    const { build, days } = deployed({ freeze });
    expect(await build({ trigger: scheduled() })).toMatchObject(skipped('frozen', /the sale/));
    expect(await build()).toMatchObject(skipped('frozen', /set force to build anyway/));
    expect((await build({ force: true })).decision?.verdict).toBe('build');
    await days(3);
    expect((await build({ trigger: scheduled() })).decision?.verdict).toBe('build');
  });

  test('failing: triggers pause after five failures, and resume when a build by hand succeeds', async () => {
    const { build, resources } = deployed(
      {},
      { faults: [{ call: 'RunInstances', error: 'UnauthorizedOperation', times: FAILURES_MAX }] },
    );
    for (let turn = 0; turn < FAILURES_MAX; turn++)
      expect(await build({ trigger: scheduled() })).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect(await build({ trigger: scheduled() })).toMatchObject(
      skipped('failing', /the last 5 builds of plain failed/),
    );
    expect(resources()).toEqual([]);
    expect((await build()).states).toContain('Released');
    expect((await build({ trigger: scheduled() })).decision?.verdict).toBe('build');
  });

  test('the same trigger twice', async () => {
    const { build } = deployed();
    const trigger = scheduled();
    const { execution } = await build({ trigger });
    expect(await build({ trigger })).toMatchObject(skipped('same-trigger', new RegExp(execution)));
  });
});
