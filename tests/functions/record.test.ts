import { describe, expect, it } from 'vitest';
import { HOME, type Pipeline } from '../../local/pipeline.ts';
import { plainRecipe } from '../simulated-build.ts';
import { deployed } from '../simulated-decisions.ts';

/** A recipe that Plan refuses, because the base does not exist. */
const goneBase = { ...plainRecipe, base: { ssmParameter: '/gone' } };

/** A queue that receives everything that the topic sends. `letters`: the number of messages. */
function mailbox(pipeline: Pipeline, call: ReturnType<typeof deployed>['call']) {
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { QueueUrl } = call('sqs', 'CreateQueue', { QueueName: 'people', Attributes: { Policy } });
  call('sns', 'Subscribe', {
    TopicArn: pipeline.deps.settings.topic,
    Protocol: 'sqs',
    Endpoint: `arn:aws:sqs:${HOME.region}:${HOME.account}:people`,
  });
  const letters = () => {
    const AttributeNames = ['ApproximateNumberOfMessages'];
    const { Attributes } = call('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames });
    return Number((Attributes as Record<string, string>).ApproximateNumberOfMessages);
  };
  return { QueueUrl, letters };
}

describe('Record', () => {
  const undecided = { failure: { Error: 'InvalidInput' } };
  const decision = { status: 'ready', verdict: 'build', rule: 'asked', reason: 'a person started the build' };
  const failure = { failure: { Error: 'BuildFailed' }, decision };

  it('counts each failed execution once, and resets the count when a build succeeds', async () => {
    const { record, pipeline, run, items } = deployed();
    await record('a', failure);
    expect(await record('a', failure)).toMatchObject({ outcome: 'failed', failuresInRow: 1 });
    expect(await record('b', failure)).toMatchObject({ failuresInRow: 2 });
    await run(pipeline.start('plain').result);
    expect(items()['recipe#plain']).toMatchObject({ failures: { N: '0' } });
    expect(items()['recipe#plain']).not.toHaveProperty('lastFailure');
  });

  it("does not count a person's typing mistake as a failure, but counts every failure of a trigger", async () => {
    const { record } = deployed();
    expect(await record('a', undecided)).toMatchObject({ outcome: 'failed', failuresInRow: 0 });
    const trigger = { type: 'schedule', id: 't' };
    expect(await record('b', { ...undecided, trigger })).toMatchObject({ failuresInRow: 1 });
  });

  it('does not count failures of a recipe that is not deployed', async () => {
    const { record, items } = deployed();
    await record('a', { ...failure, overrides: { regions: ['us-east-1'] } });
    await record('b', { ...failure, recipe: { name: 'plain' } });
    await record('c', { ...failure, recipe: {} });
    expect(items()).toEqual({});
  });

  it('pauses the triggers after five failures, notifies people once, and still allows a build by hand', async () => {
    const { pipeline, run, pass, items, call } = deployed(goneBase, { triggers: true });
    const { QueueUrl, letters } = mailbox(pipeline, call);
    const build = async (id: number) =>
      run(pipeline.start({ recipe: 'plain', trigger: { type: 'schedule', id: `t${id}` } }).result);
    for (let id = 1; id <= 5; id++) expect(await build(id)).toMatchObject({ status: 'FAILED' });
    expect(await build(6)).toMatchObject({
      status: 'SUCCEEDED',
      output: { decision: { verdict: 'skip', rule: 'failing' } },
    });
    expect(items()['recipe#plain']?.failures).toEqual({ N: '5' });
    await pass(60);
    const before = letters();
    expect(before).toBeGreaterThan(0);
    // After a typing mistake, the table still has five failures, but people were already notified.
    await run(pipeline.start({ recipe: 'plain', overides: {} } as never).result);
    await pass(60);
    expect(letters()).toBe(before);
    expect(items()['recipe#plain']?.failures).toEqual({ N: '5' });
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'FAILED' });
    const { Messages } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }) as {
      Messages: { Body: string }[];
    };
    const sent = Messages.map(({ Body }) => JSON.parse(Body) as { Subject: string; Message: string });
    expect(new Set(sent.map(({ Subject }) => Subject))).toEqual(
      new Set(['Golden image plain: triggers paused after 5 failures']),
    );
    expect(sent[0]?.Message).toContain(
      'its triggers are paused until a build that is started by hand succeeds',
    );
    expect(sent[0]?.Message).toMatch(/aws stepfunctions start-execution .* --input '\{"recipe":"plain"\}'/);
  });

  it('sends nothing and pauses nothing when Plan refuses builds that a person started', async () => {
    const { pipeline, run, pass, items, call } = deployed(goneBase, { triggers: true });
    const { letters } = mailbox(pipeline, call);
    for (let count = 1; count <= 6; count++)
      expect(await run(pipeline.start('plain').result)).toMatchObject({
        status: 'FAILED',
        error: 'InvalidInput',
      });
    await pass(60);
    expect(letters()).toBe(0);
    expect(items()).not.toHaveProperty('recipe#plain');
    expect(items()).not.toHaveProperty('lease#plain');
    const trigger = { type: 'schedule', id: 't1' } as const;
    await run(pipeline.start({ recipe: 'plain', trigger }).result);
    expect(items()['recipe#plain']?.failures).toEqual({ N: '1' });
  });

  it('records a release that was built with empty overrides, which Plan treats as none', async () => {
    const { pipeline, run, items } = deployed();
    expect(await run(pipeline.start({ recipe: 'plain', overrides: {} }).result)).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(items()['recipe#plain']).toHaveProperty('release');
  });

  it('records a scheduled build that was skipped because nothing had changed', async () => {
    const { record, items } = deployed();
    const skipped = { status: 'ready', verdict: 'skip', rule: 'unchanged', reason: 'it is up to date' };
    const trigger = { type: 'schedule', id: 't' };
    await record('a', { decision: skipped, trigger });
    await record('b', { decision: { ...skipped, rule: 'already-running' }, trigger });
    const stored = JSON.parse(items()['recipe#plain']?.confirmed?.S ?? '{}');
    expect(stored).toEqual({
      execution: 'a',
      at: expect.stringMatching(/^2026-11-22T03:00/),
      rule: 'unchanged',
    });
  });

  it('returns only its own lease', async () => {
    const { decide, record, items } = deployed();
    await decide('a');
    await record('b', failure);
    expect(items()['lease#plain']?.execution).toEqual({ S: 'a' });
    await record('a', failure);
    expect(items()).not.toHaveProperty('lease#plain');
  });
});
