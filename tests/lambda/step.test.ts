import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { BuildFailed } from '../../shared/errors.ts';
import type { Deps } from '../../shared/lambda/deps.ts';
import { step } from '../../shared/lambda/step.ts';
import { linesWritten } from './written.ts';

const schema = z.object({ execution: z.string(), count: z.number() });
const half = step(schema, async ({ count }, { now, log }) => {
  log.info('halving', { count });
  if (count % 2 === 1) throw new BuildFailed(`${count} is odd`);
  return { half: count / 2, at: now().toISOString() };
});

/** The input from the state machine, with more fields than this step reads. */
const ofBuild = (count: number, document: object = { recipe: 'plain' }) => ({
  execution: 'e',
  startTime: '2026-11-22T03:00:00.000Z',
  count,
  document,
});
const keys = { execution: 'e', recipe: 'plain', version: expect.stringMatching(/^20261122-030000-/) };

/** Dependencies that record the log. */
function someDeps() {
  const logged: { message: string; details: unknown }[] = [];
  const note = (message: string, details: unknown) => logged.push({ message, details });
  const deps = {
    now: () => new Date('2026-11-22T03:00:00Z'),
    log: { info: note, warn: note },
  } as unknown as Deps;
  return { deps, logged };
}

describe('a step with other dependencies', () => {
  it('gets its checked input and the dependencies, and logs the result', async () => {
    const { deps, logged } = someDeps();
    const answer = await half.with(deps)({ execution: 'e', count: 4, unknown: 'left out' });
    expect(answer).toEqual({ half: 2, at: '2026-11-22T03:00:00.000Z' });
    expect(logged).toEqual([
      { message: 'halving', details: { execution: 'e', count: 4 } },
      { message: 'done', details: { execution: 'e', response: answer } },
    ]);
  });

  it('passes its errors on unchanged, and logs them', async () => {
    const { deps, logged } = someDeps();
    await expect(half.with(deps)({ execution: 'e', count: 3 })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: '3 is odd',
    });
    expect(logged.at(-1)).toEqual({
      message: 'failed',
      details: { execution: 'e', error: 'BuildFailed', reason: '3 is odd' },
    });
  });

  it.each([undefined, null, 'text', {}, { execution: 'e', count: '4' }])(
    'refuses %j as a broken document',
    async (input) => {
      const { deps, logged } = someDeps();
      await expect(half.with(deps)(input)).rejects.toMatchObject({ name: 'Defect' });
      expect(logged).toEqual([{ message: 'failed', details: expect.objectContaining({ error: 'Defect' }) }]);
    },
  );

  it('logs execution, recipe and version on every line, also for failures', async () => {
    const { deps, logged } = someDeps();
    await half.with(deps)(ofBuild(4));
    await expect(half.with(deps)(ofBuild(3))).rejects.toThrow();
    await expect(half.with(deps)({ ...ofBuild(3), count: 'three' })).rejects.toThrow();
    expect(logged.map(({ message }) => message)).toEqual([
      ...['halving', 'done'],
      ...['halving', 'failed'],
      'failed',
    ]);
    for (const { details } of logged) expect(details).toMatchObject(keys);
  });
});

describe('a step in Lambda', () => {
  const context = {} as Context;
  const settings = {
    AWS_REGION: 'eu-west-1',
    INSTANCE_PROFILE: 'p',
    SECURITY_GROUP: 'sg-1',
    SUBNETS: 'subnet-1,subnet-2',
    CHECK_DOCUMENT_LINUX: 'l',
    CHECK_DOCUMENT_WINDOWS: 'w',
    APPROVAL_DOCUMENT: 'a',
    BUILD_DOCUMENT_LINUX: 'l',
    BUILD_DOCUMENT_WINDOWS: 'w',
    AUTOMATION_ROLE: '',
    TABLE: 't',
    STATE_MACHINE: 'm',
    CHANNELS_MACHINE: 'c',
    TOPIC: 'n',
  };
  const deploy = (logLevel = 'SILENT') => {
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', logLevel);
  };
  // A cold start: no dependencies exist yet.
  const coldStep = async () => (await import('../../shared/lambda/step.ts')).step;
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.unstubAllEnvs());

  it('names the missing variables of its environment, and works when all are set', async () => {
    const step = await coldStep();
    const tell = step(schema, async (_, deps) => deps.settings);
    vi.stubEnv('SUBNETS', 'subnet-1,subnet-2');
    await expect(tell({ execution: 'e', count: 4 }, context)).rejects.toMatchObject({
      name: 'Defect',
      message: expect.stringMatching(/is missing AWS_REGION, .*SECURITY_GROUP, BUILD_DOCUMENT_LINUX/),
    });
    deploy();
    expect(await tell({ execution: 'e', count: 1 }, context)).toEqual({
      region: 'eu-west-1',
      instanceProfile: 'p',
      securityGroup: 'sg-1',
      subnets: ['subnet-1', 'subnet-2'],
      checkDocuments: { linux: 'l', windows: 'w' },
      buildDocuments: { linux: 'l', windows: 'w' },
      approvalDocument: 'a',
      automationRole: '',
      table: 't',
      stateMachine: 'm',
      channelsMachine: 'c',
      topic: 'n',
    });
  });

  it('creates its other dependencies once, for the region of the deployment', async () => {
    const step = await coldStep();
    deploy();
    const place = vi.fn((region: string) => ({ region }));
    const wants = step(schema, async (_, deps) => deps.place, { place });
    const first = await wants({ execution: 'e', count: 1 }, context);
    expect(first).toEqual({ region: 'eu-west-1' });
    expect(await wants({ execution: 'e', count: 1 }, context)).toBe(first);
  });

  it('logs lines of JSON with the keys of the build, and in a warm function no keys of the previous build', async () => {
    const step = await coldStep();
    deploy('INFO');
    const note = step(schema, async (_, { log }) => {
      log.info('at work', { region: 'eu-west-1' });
      log.warn('with difficulty');
    });
    const call = (event: object) => linesWritten(() => note(event as never, context));

    const [cold, difficulty, done] = await call(ofBuild(1));
    expect(cold).toMatchObject({ level: 'INFO', message: 'at work', service: 'golden-image', ...keys });
    expect(difficulty).toMatchObject({ level: 'WARN', ...keys });
    expect(done).toMatchObject({ message: 'done', ...keys });

    const later = await call({ ...ofBuild(1, { plan: { recipe: 'other', version: '1' } }), execution: 'f' });
    for (const line of later) expect(line).toMatchObject({ execution: 'f', recipe: 'other', version: '1' });

    for (const line of await call({ execution: 'g', count: 1 })) {
      expect(line).toMatchObject({ execution: 'g' });
      expect(line).not.toHaveProperty('recipe');
      expect(line).not.toHaveProperty('version');
    }
  });
});
