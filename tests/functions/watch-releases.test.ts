import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { WatchedReleases } from '../../functions/watch-releases.ts';
import { endTurn, takeTurn } from '../../shared/aws/channels-table.ts';
import { type Channels, withMove, withRelease } from '../../shared/build/channels.ts';
import type { Metrics } from '../../shared/lambda/metrics.ts';
import { AT, failureOf, plainRecipe, recipeFile } from '../simulated-build.ts';
import { deployed } from '../simulated-decisions.ts';

const DAY = 86_400;
const soaking = { ...plainRecipe, publish: { promoteAfterHours: { candidate: 48 } } };
const daily = { ...plainRecipe, schedule: { cron: '0 3 ? * * *', timezone: 'UTC' } };

function watched(recipe: object = plainRecipe, faults: Fault[] = [], others: object[] = []) {
  const measured: unknown[] = [];
  const put: Metrics['put'] = (...one) => measured.push(one);
  const recipes = [recipe, ...others].map((one) => recipeFile(one as typeof plainRecipe));
  const metrics: Metrics = { count: (name) => put(name, 1), put };
  const simulation = deployed(recipe as typeof plainRecipe, { recipes, faults, metrics });
  const { pipeline, run, world, call } = simulation;
  const { dynamodb, settings } = pipeline.deps;
  const table = { dynamodb, table: settings.table };
  /** Publishes a release, as a build does. */
  const release = async (version: string) => {
    const now = new Date(world.now());
    const mover = { at: now.toISOString(), execution: `bake-${version}`, by: 'a person' };
    const images = { 'us-east-1': 'ami-1' };
    const turn = await run(takeTurn(table, 'plain', mover.execution, now));
    const { channels } = turn as { channels: Channels };
    const changed = withRelease(channels, { version, execution: mover.execution, at: mover.at, images });
    await run(
      endTurn(table, 'plain', mover.execution, withMove(changed, 'candidate', version, 'released', mover)),
    );
  };
  /** Records when a recipe was released last, as Record does. */
  const recorded = (at: string, recipe = 'plain') =>
    call('dynamodb', 'PutItem', {
      TableName: settings.table,
      Item: {
        id: { S: `recipe#${recipe}` },
        release: { S: JSON.stringify({ execution: 'one', at, base: 'ami-1', digest: 'd' }) },
      },
    });
  const watch = () => run(pipeline.invoke('watchReleases', {})) as Promise<WatchedReleases>;
  const executions = () =>
    world.executions.all().map(({ name, input }) => ({ name, input: JSON.parse(input) }));
  return { ...simulation, executions, measured, recorded, release, watch };
}

describe('WatchReleases', () => {
  it('starts the promotion of a release at the end of its time, once', async () => {
    const { executions, pass, release, watch } = watched(soaking);
    await release('1');
    expect(await watch()).toEqual({ promotions: {}, overdue: {} });
    await pass(2 * DAY);
    const { promotions } = await watch();
    expect(executions()).toEqual([
      {
        name: promotions.plain?.[0],
        input: {
          action: 'promote',
          recipe: 'plain',
          channel: 'stable',
          version: '1',
          by: '48 hours in candidate',
          trigger: { type: 'soak', channel: 'candidate', since: expect.stringMatching(/^2026-11-22T03:00/) },
        },
      },
    ]);
    // The execution has not moved the channel yet.
    expect(await watch()).toEqual({ promotions, overdue: {} });
    expect(executions()).toHaveLength(1);
  });

  it('starts nothing for a recipe without a time, and reads no table for it', async () => {
    const { executions, items, pass, release, watch } = watched();
    await release('1');
    await pass(30 * DAY);
    expect(await watch()).toEqual({ promotions: {}, overdue: {} });
    expect(executions()).toEqual([]);
    expect(items()).not.toHaveProperty('schedule#plain');
  });

  it('counts the recipes whose newest release is too old, from the first check on', async () => {
    const { items, measured, pass, recorded, watch } = watched(daily);
    recorded('2026-10-01T03:10:00.000Z');
    expect(await watch()).toEqual({ promotions: {}, overdue: {} });
    expect(items()['schedule#plain']?.since?.S).toMatch(/^2026-11-22T03:00/);
    await pass(2 * DAY + 60);
    expect(await watch()).toMatchObject({
      overdue: { plain: expect.stringContaining('its newest release is from 2026-10-01T03:10:00.000Z') },
    });
    expect(measured).toEqual([['ReleasesOverdue', 1]]);
    recorded(new Date(AT.getTime() + 2 * DAY * 1000).toISOString());
    expect(await watch()).toEqual({ promotions: {}, overdue: {} });
    expect(measured).toHaveLength(1);
  });

  it('begins again if the schedule changes', async () => {
    const { items, pipeline, pass, watch } = watched(daily);
    await watch();
    await pass(2 * DAY + 60);
    const changed = { ...daily, schedule: { cron: '0 4 ? * * *', timezone: 'UTC' } };
    Object.assign(pipeline.deps.recipes, { plain: recipeFile(changed).recipe });
    expect(await watch()).toEqual({ promotions: {}, overdue: {} });
    expect(items()['schedule#plain']?.since?.S).toMatch(/^2026-11-24T03:01/);
  });

  it('fails if Step Functions refuses a promotion, after it has checked everything else', async () => {
    const refused: Fault = { call: 'StartExecution', error: 'AccessDeniedException' };
    const other = { ...daily, name: 'other' };
    const both = { ...soaking, ...daily, publish: soaking.publish };
    const { executions, measured, pass, recorded, release, watch } = watched(both, [refused], [other]);
    await watch();
    await release('1');
    for (const recipe of ['plain', 'other']) recorded('2026-10-01T03:10:00.000Z', recipe);
    await pass(2 * DAY + 60);
    expect((await failureOf(watch())).name).toBe('Denied');
    expect(measured).toEqual([['ReleasesOverdue', 2]]);
    expect((await watch()).promotions.plain).toHaveLength(1);
    expect(executions()).toHaveLength(1);
  });

  it('ignores its input', async () => {
    const { pipeline, run } = watched();
    expect(await run(pipeline.invoke('watchReleases', null))).toEqual({ promotions: {}, overdue: {} });
  });
});
