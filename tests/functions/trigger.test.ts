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
  it('starts a build that awaits others of its kind', async () => {
    const { trigger, executions } = triggered();
    const { started, reason } = await trigger(requested('e1'));
    expect(reason).toBe('an event asked for it');
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

  it('starts one when the same event comes twice, also when it died before it started any', async () => {
    const { trigger, executions, world, items, pass } = triggered();
    const first = await trigger(requested('e1'));
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
    // Killed in between: the table knows of it, Step Functions does not.
    for (const { id } of world.executions.all()) world.executions.delete(id);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
    expect(items()['settle#plain']?.execution).toEqual({ S: first.started[0]?.execution });
    await pass(3600);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(executions()).toHaveLength(1);
  });

  it('lets others join within five minutes, and no longer', async () => {
    const { trigger, executions, pass } = triggered();
    await trigger(requested('e1'));
    expect(await trigger(requested('e2'))).toMatchObject({ started: [], joined: ['plain'] });
    await pass(SETTLE_SECONDS);
    expect(await trigger(requested('e3'))).toMatchObject({ started: [{ recipe: 'plain' }], joined: [] });
    expect(executions()).toHaveLength(2);
  });

  it('lets nobody join a build that has begun, because its event came once more', async () => {
    const { trigger, executions, pass } = triggered();
    const first = await trigger(requested('e1'));
    await pass(SETTLE_SECONDS + 60);
    expect(await trigger(requested('e1'))).toEqual(first);
    expect(await trigger(requested('e2'))).toMatchObject({ started: [{ recipe: 'plain' }], joined: [] });
    expect(executions()).toHaveLength(2);
  });

  it('names its executions otherwise than a deployment in another region, to which the same event may come', async () => {
    const { trigger, pipeline, items, call } = triggered();
    const { settings } = pipeline.deps;
    const { started } = await trigger(requested('e1'));
    call('dynamodb', 'DeleteItem', { TableName: settings.table, Key: { id: { S: 'settle#plain' } } });
    Object.assign(settings, { stateMachine: settings.stateMachine.replace(HOME.region, 'eu-west-1') });
    await failureOf(trigger(requested('e1')));
    expect(items()['settle#plain']?.execution?.S).toMatch(/^plain-[0-9a-f]{12}$/);
    expect(items()['settle#plain']?.execution?.S).not.toBe(started[0]?.execution);
  });

  it('asks again for an image of its own account that EC2 does not show yet; later the image is gone', async () => {
    const { trigger, executions, pass } = triggered();
    const event = {
      ...requested('e1'),
      time: AT.toISOString(),
      'detail-type': 'EC2 AMI State Change',
      detail: { ImageId: 'ami-0123456789abcdef0', State: 'available' },
    };
    expect((await failureOf(trigger(event))).name).toBe('NotFound');
    expect(await trigger({ ...event, account: '444455556666' })).toMatchObject({
      reason: 'ami-0123456789abcdef0 of 444455556666 is not shared with this account',
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

  it('passes a refusal on, so that the event is tried again and not lost', async () => {
    const { trigger, executions } = triggered(plainRecipe, {
      faults: [{ call: 'StartExecution', error: 'AccessDeniedException' }],
    });
    expect((await failureOf(trigger(requested('e1')))).name).toBe('Denied');
    expect(await trigger(requested('e1'))).toMatchObject({ started: [{ recipe: 'plain' }] });
    expect(executions()).toHaveLength(1);
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
