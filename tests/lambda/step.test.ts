import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { BuildFailed } from '../../shared/errors.ts';
import type { Deps } from '../../shared/lambda/deps.ts';
import { readRecipeFile } from '../../shared/lambda/lambda-deps.ts';
import { step } from '../../shared/lambda/step.ts';

const schema = z.object({ execution: z.string(), count: z.number() });
const half = step(schema, async ({ count }, { now }) => {
  if (count % 2 === 1) throw new BuildFailed(`${count} is odd`);
  return { half: count / 2, at: now().toISOString() };
});

/** Dependencies that remember what was logged. */
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
  it('is given its checked input and them, and logs what came of it', async () => {
    const { deps, logged } = someDeps();
    const answer = await half.with(deps)({ execution: 'e', count: 4, unknown: 'left out' });
    expect(answer).toEqual({ half: 2, at: '2026-11-22T03:00:00.000Z' });
    expect(logged).toEqual([{ message: 'done', details: { execution: 'e', response: answer } }]);
  });

  it('passes its errors as they are, and logs them', async () => {
    const { deps, logged } = someDeps();
    await expect(half.with(deps)({ execution: 'e', count: 3 })).rejects.toMatchObject({
      name: 'BuildFailed',
      message: '3 is odd',
    });
    expect(logged).toEqual([
      { message: 'failed', details: { execution: 'e', error: 'BuildFailed', reason: '3 is odd' } },
    ]);
  });

  it.each([undefined, null, 'text', {}, { execution: 'e', count: '4' }])(
    'refuses %j as a broken document',
    async (input) => {
      const { deps } = someDeps();
      await expect(half.with(deps)(input)).rejects.toMatchObject({ name: 'Defect' });
    },
  );
});

describe('a step in Lambda', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('names what its environment lacks, and then works with what it has', async () => {
    const context = {} as Context;
    vi.stubEnv('SUBNETS', 'subnet-1,subnet-2');
    await expect(half({ execution: 'e', count: 4 }, context)).rejects.toMatchObject({
      name: 'Defect',
      message: expect.stringMatching(/lacks AWS_REGION, .*SECURITY_GROUP, BUILD_DOCUMENT_LINUX/),
    });

    const environment = {
      AWS_REGION: 'eu-west-1',
      LAMBDA_TASK_ROOT: '/var/task',
      INSTANCE_PROFILE: 'p',
      SECURITY_GROUP: 'sg-1',
    };
    const documents = { BUILD_DOCUMENT_LINUX: 'l', BUILD_DOCUMENT_WINDOWS: 'w', AUTOMATION_ROLE: '' };
    for (const [name, value] of Object.entries({ ...environment, ...documents })) vi.stubEnv(name, value);
    const settings = await step(schema, async (_input, deps) => deps.settings)(
      { execution: 'e', count: 1 },
      context,
    );
    expect(settings).toEqual({
      region: 'eu-west-1',
      instanceProfile: 'p',
      securityGroup: 'sg-1',
      subnets: ['subnet-1', 'subnet-2'],
      buildDocuments: { linux: 'l', windows: 'w' },
      automationRole: '',
    });
  });
});

describe('the bundled recipes', () => {
  it('are found by name, and no name leads out of their folder', () => {
    const root = mkdtempSync(join(tmpdir(), 'golden-'));
    mkdirSync(join(root, 'recipes'));
    writeFileSync(join(root, 'recipes', 'mine.yml'), 'name: mine\n');
    writeFileSync(join(root, 'secret.yml'), 'name: secret\n');
    const read = (name: string) => readRecipeFile(join(root, 'recipes'), name)?.toString();
    expect(read('mine')).toBe('name: mine\n');
    expect([read('other'), read('../secret'), read('mine.yml'), read('')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
