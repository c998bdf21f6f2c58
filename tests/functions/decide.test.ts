import { describe, expect, it } from 'vitest';
import type { Decision } from '../../shared/build/execution-document.ts';
import { AT, failureOf, plainRecipe, withoutSpent } from '../simulated-build.ts';
import { deployed } from '../simulated-decisions.ts';

const trigger = { trigger: { type: 'schedule', id: '2026-11-22T03:00:00Z' } };

describe('Decide', () => {
  it("builds when a person starts the build, and takes the recipe's lease", async () => {
    const { decide, items } = deployed();
    expect(await decide('a')).toMatchObject({ verdict: 'build', rule: 'asked', reason: expect.any(String) });
    expect(items()).toMatchObject({ 'lease#plain': { execution: { S: 'a' } } });
  });

  it('makes the same decision when it is repeated', async () => {
    const { decide, items } = deployed();
    const first = await decide('a', trigger);
    const before = items();
    expect(withoutSpent(await decide('a', trigger))).toEqual(withoutSpent(first));
    expect(Object.keys(items())).toEqual(Object.keys(before));
  });

  it('starts one build for a trigger that is delivered twice, and remembers the trigger for some days', async () => {
    const { decide, items } = deployed();
    await decide('a', trigger);
    expect(await decide('b', trigger)).toMatchObject({
      verdict: 'skip',
      rule: 'same-trigger',
      reason: 'the same trigger already started a',
    });
    const { expires } = items()['trigger#plain#2026-11-22T03:00:00Z'] ?? {};
    const days = (Number(expires?.N) - AT.getTime() / 1000) / 86_400;
    expect(days).toBeGreaterThan(2);
    expect(days).toBeLessThan(4);
  });

  it('gives the lease to one of many concurrent executions', async () => {
    const { pipeline, run } = deployed();
    const executions = [1, 2, 3].map(() => pipeline.start('plain'));
    const results = await run(Promise.all(executions.map(({ result }) => result)));
    const decisions = results.map(({ output }) => (output as { decision: Decision }).decision);
    expect(results.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    const builders = decisions.flatMap(({ verdict }, index) => (verdict === 'build' ? [index] : []));
    expect(builders).toHaveLength(1);
    const name = executions[builders[0] ?? 0]?.name;
    for (const decision of decisions.filter(({ verdict }) => verdict === 'skip')) {
      expect(decision).toMatchObject({
        rule: 'already-running',
        reason: `${name} is already building plain`,
      });
    }
  });

  it('takes the lease over from an execution that has ended', async () => {
    const { pipeline, run, pass, decide, items } = deployed();
    const stopped = pipeline.start('plain');
    await pass(60);
    expect(items()['lease#plain']?.execution).toEqual({ S: stopped.name });
    expect(await decide('next')).toMatchObject({ verdict: 'skip', rule: 'already-running' });
    stopped.stop();
    await run(stopped.result);
    expect(await decide('next')).toMatchObject({ verdict: 'build' });
    expect(items()['lease#plain']?.execution).toEqual({ S: 'next' });
  });

  it.each([500, 520, 540, 560, 580, 600, 620])(
    'uses a release that is recorded %i ms after the decision began',
    async (afterMs) => {
      const { pipeline, run } = deployed({ ...plainRecipe, patch: { install: false } });
      const at = (execution: string, document: object) => ({
        execution,
        startTime: AT.toISOString(),
        document: { recipe: 'plain', ...document },
      });
      const decision = (await run(pipeline.invoke('decide', at('a', {})))) as Decision;
      const plan = await run(pipeline.invoke('plan', at('a', { decision })));
      const { share: sharedWith } = plan as { share: object };
      const release = { status: 'ready', images: [], sharedWith };
      const decided = pipeline.invoke('decide', at('b', trigger)) as Promise<Decision>;
      const recorded = new Promise((resolve) => setTimeout(resolve, afterMs)).then(() =>
        pipeline.invoke('record', at('a', { decision, plan, release })),
      );
      const [{ verdict, rule }] = await run(Promise.all([decided, recorded]));
      expect([verdict, rule]).toEqual(['skip', expect.stringMatching(/^(already-running|unchanged)$/)]);
    },
  );

  it('does not take the lease over from an execution that may not be visible yet', async () => {
    const { pass, decide } = deployed();
    await decide('unknown');
    await pass(200);
    expect(await decide('next')).toMatchObject({ rule: 'already-running' });
    await pass(200);
    expect(await decide('next')).toMatchObject({ verdict: 'build' });
  });

  it('waits for more triggers of the same build', async () => {
    const { decide, pass, items } = deployed();
    const settleUntil = new Date(AT.getTime() + 300_000).toISOString();
    const settling = { trigger: { type: 'image', id: 'event', settleUntil } };
    const pending = await decide('a', settling);
    expect(pending).toMatchObject({ status: 'pending', awaiting: 'more triggers for the build of plain' });
    const { waitSeconds } = pending as unknown as { waitSeconds: number };
    expect(waitSeconds).toBeGreaterThan(290);
    expect(items()).not.toHaveProperty('lease#plain');
    await pass(waitSeconds);
    expect(await decide('a', settling)).toMatchObject({ status: 'ready', verdict: 'build' });
  });

  it('reads a Change Calendar, and names a calendar that does not exist', async () => {
    const freeze = { changeCalendars: ['Releases'] };
    const { decide, call } = deployed({ ...plainRecipe, freeze });
    expect(await failureOf(decide('a'))).toEqual({
      name: 'InvalidInput',
      message: expect.stringContaining('the Change Calendar Releases in freeze.changeCalendars'),
    });
    call('ssm', 'CreateDocument', {
      Name: 'Releases',
      DocumentType: 'ChangeCalendar',
      DocumentFormat: 'TEXT',
      Content: [
        'BEGIN:VCALENDAR',
        'PRODID:-//AWS//Change Calendar 1.0//EN',
        'VERSION:2.0',
        'X-CALENDAR-TYPE:DEFAULT_CLOSED',
        'END:VCALENDAR',
      ].join('\r\n'),
    });
    expect(await decide('a')).toMatchObject({ rule: 'frozen', reason: /Releases is closed/ });
    expect(await decide('a', { force: true })).toMatchObject({ verdict: 'build' });
  });

  it('ignores the field that Step Functions adds to the input', async () => {
    const { decide } = deployed();
    const startedBy = { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:aws:states:…' };
    expect(await decide('a', startedBy)).toMatchObject({ verdict: 'build' });
  });

  it('leaves a missing base to Plan', async () => {
    const base = { ssmParameter: '/not/there' };
    const { decide } = deployed({ ...plainRecipe, base });
    expect(await decide('a')).toMatchObject({ verdict: 'build' });
  });

  it.each([
    ['a recipe that is not deployed', { recipe: 'nothing' }, /has no recipe "nothing"; it has plain/],
    ['a name of JavaScript', { recipe: 'constructor' }, /has no recipe "constructor"/],
    [
      'another name in the overrides',
      { overrides: { name: 'other' } },
      /plain\.yml with the overrides name\n *found +the field name/,
    ],
    ['invalid overrides', { overrides: { regions: ['us-east-9'] } }, /plain\.yml with the overrides/],
    ['a misspelt field', { overides: {} }, /the unknown field "overides": did you mean overrides\?/],
    [
      'no recipe',
      { recipe: undefined },
      /the input's recipe is missing: allowed is the name of a deployed recipe/,
    ],
    ['an incomplete inline recipe', { recipe: { name: 'half' } }, /the inline recipe/],
  ])('refuses %s', async (_, request, message) => {
    const { decide } = deployed();
    expect(await failureOf(decide('a', request))).toEqual({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });

  it.each([{ recipe: 7 }, { force: 'yes' }, { trigger: { type: 'rain', id: 'x' } }, { trigger: {} }])(
    'refuses the input %j with what is allowed',
    async (request) => {
      const { decide } = deployed();
      const [field = ''] = Object.keys(request);
      expect(await failureOf(decide('a', request))).toEqual({
        name: 'InvalidInput',
        message: expect.stringMatching(new RegExp(`the input's ${field} is ".*": allowed is `)),
      });
    },
  );

  it('builds with overrides, and from a complete inline recipe', async () => {
    const { pipeline, run } = deployed();
    const { name: _, ...rest } = plainRecipe;
    const overridden = pipeline.start({
      recipe: 'plain',
      overrides: { regions: ['us-east-1'], share: null },
    });
    const { output } = await run(overridden.result);
    expect(output).toMatchObject({
      release: { images: [{ region: 'us-east-1' }], sharedWith: { accounts: [] } },
    });
    const inline = pipeline.start({ recipe: { ...rest, name: 'inline' } });
    expect(await run(inline.result)).toMatchObject({ status: 'SUCCEEDED' });
  });
});
