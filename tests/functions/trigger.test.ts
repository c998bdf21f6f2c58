import { describe, expect, it } from 'vitest';
import { SETTLE_SECONDS, type Triggered } from '../../functions/trigger.ts';
import { HOME } from '../../local/pipeline.ts';
import { AT, failureOf, plainRecipe } from '../simulated-build.ts';
import { deployed } from '../simulated-decisions.ts';

const requested = (id: string, recipe = 'plain') => ({
  id,
  account: HOME.account,
  region: HOME.region,
  source: 'security',
  'detail-type': 'Golden Image Build Requested',
  detail: { recipe },
});

function triggered(...options: Parameters<typeof deployed>) {
  const simulation = deployed(...options);
  const { pipeline, run, world } = simulation;
  return {
    ...simulation,
    trigger: (event: object): Promise<Triggered> =>
      run(pipeline.invoke('trigger', event)) as Promise<Triggered>,
    executions: () => world.executions.all().map(({ name, input }) => ({ name, input: JSON.parse(input) })),
  };
}

describe('Trigger', () => {
  it('starts a build that waits for further events', async () => {
    const { trigger, executions } = triggered();
    const { started, reason } = await trigger(requested('e1'));
    expect(reason).toBe('an event requested the build');
    expect(executions()).toEqual([
      {
        name: started[0]?.execution,
        input: {
          recipe: 'plain',
          trigger: { type: 'custom', id: 'e1', reason, settleUntil: expect.stringMatching(/Z$/) },
        },
      },
    ]);
    const until = new Date(executions()[0]?.input.trigger.settleUntil).getTime();
    expect(until - AT.getTime()).toBeGreaterThanOrEqual(SETTLE_SECONDS * 1000);
  });

  it('starts one build when the same event is delivered twice, also when the first invocation died before it started the build', async () => {
    const { trigger, executions, world, items, pass } = triggered();
    const first = await trigger(requested('e1'));
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
    // Killed in between: the table contains the execution, but Step Functions does not.
    for (const { id } of world.executions.all()) world.executions.delete(id);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
    expect(items()['settle#plain']?.execution).toEqual({ S: first.started[0]?.execution });
    await pass(3600);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
  });

  it('lets other events join for five minutes', async () => {
    const { trigger, executions, pass } = triggered();
    await trigger(requested('e1'));
    expect(await trigger(requested('e2'))).toMatchObject({ started: [], joined: ['plain'] });
    await pass(SETTLE_SECONDS);
    expect(await trigger(requested('e3'))).toMatchObject({ started: [{ recipe: 'plain' }], joined: [] });
    expect(executions()).toHaveLength(2);
  });

  it('lets no event join a build that has begun, also when its event is delivered again', async () => {
    const { trigger, executions, pass } = triggered();
    const first = await trigger(requested('e1'));
    await pass(SETTLE_SECONDS + 60);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(await trigger(requested('e2'))).toMatchObject({ started: [{ recipe: 'plain' }], joined: [] });
    expect(executions()).toHaveLength(2);
  });

  it('names its executions differently from a deployment in another region that receives the same event', async () => {
    const { trigger, pipeline, items, call } = triggered();
    const { settings } = pipeline.deps;
    const { started } = await trigger(requested('e1'));
    call('dynamodb', 'DeleteItem', { TableName: settings.table, Key: { id: { S: 'settle#plain' } } });
    Object.assign(settings, { stateMachine: settings.stateMachine.replace(HOME.region, 'eu-west-1') });
    await failureOf(trigger(requested('e1')));
    expect(items()['settle#plain']?.execution?.S).toMatch(/^plain-[0-9a-f]{12}$/);
    expect(items()['settle#plain']?.execution?.S).not.toBe(started[0]?.execution);
  });

  it('retries while an image of its own account is not visible yet; later, the image counts as deleted', async () => {
    const { trigger, executions, pass } = triggered();
    const event = {
      ...requested('e1'),
      time: AT.toISOString(),
      'detail-type': 'EC2 AMI State Change',
      detail: { ImageId: 'ami-0123456789abcdef0', State: 'available' },
    };
    expect((await failureOf(trigger(event))).name).toBe('NotFound');
    expect(await trigger({ ...event, account: '444455556666' })).toMatchObject({
      reason: 'ami-0123456789abcdef0 in account 444455556666 is not shared with this account',
      started: [],
    });
    await pass(180);
    expect(await trigger(event)).toEqual({
      reason: 'ami-0123456789abcdef0 no longer exists',
      started: [],
      joined: [],
    });
    expect(executions()).toEqual([]);
  });

  it('reports a refusal, so that Lambda retries the event', async () => {
    const { trigger, executions } = triggered(plainRecipe, {
      faults: [{ call: 'StartExecution', error: 'AccessDeniedException' }],
    });
    expect((await failureOf(trigger(requested('e1')))).name).toBe('Denied');
    expect(await trigger(requested('e1'))).toMatchObject({ started: [{ recipe: 'plain' }] });
    expect(executions()).toHaveLength(1);
  });

  const promotion = (id: string, detail: object = { recipe: 'plain' }) => ({
    ...requested(id),
    'detail-type': 'Golden Image Promotion Requested',
    detail,
  });

  it('starts one promotion for an event, also when it is delivered again', async () => {
    const { trigger, executions } = triggered();
    const detail = { recipe: 'plain', version: '1', channel: 'stable', reason: 'all tests passed' };
    const first = await trigger(promotion('e1', detail));
    expect(await trigger(promotion('e1', detail))).toEqual(first);
    expect(executions()).toEqual([
      {
        name: first.started[0]?.execution,
        input: {
          action: 'promote',
          recipe: 'plain',
          version: '1',
          channel: 'stable',
          by: 'an event of security: all tests passed',
          trigger: { type: 'event', id: 'e1' },
        },
      },
    ]);
    const { started } = await trigger(promotion('e2'));
    expect(started[0]?.execution).not.toBe(first.started[0]?.execution);
    expect(started[0]?.execution).toMatch(/^plain-[0-9a-f]{12}$/);
  });

  it.each([
    [
      { recipe: 'plain', chanel: 'stable' },
      'has "chanel": allowed are recipe (the name of a recipe), version',
    ],
    [{ version: '1' }, 'allowed are recipe'],
    [{ recipe: 'plain', version: 1 }, 'allowed are recipe'],
    [{ recipe: 'plain', channel: '' }, 'allowed are recipe'],
    [{ recipe: 'other' }, 'which is not deployed. Deployed recipes: plain'],
  ])('refuses the promotion %j, and says what is allowed', async (detail, says) => {
    const { trigger, executions } = triggered();
    expect(await failureOf(trigger(promotion('e1', detail)))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(says),
    });
    expect(executions()).toEqual([]);
  });

  it.each([{}, null, { Records: [] }, requested('e', ''), { ...requested('e'), detail: {} }])(
    'starts nothing for %j',
    async (event) => {
      const { trigger, executions } = triggered();
      await failureOf(trigger(event as object)).catch(() => undefined);
      expect(executions()).toEqual([]);
    },
  );
});
