import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Fault, inventory } from 'embedded-aws';
import fc from 'fast-check';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { parse, stringify } from 'yaml';
import * as z from 'zod/mini';
import { openFaults, parseFaults } from '../../../cli/world/faults-file.ts';
import { faultsSchema } from '../../../cli/world/faults-schema.ts';
import { statesOf } from '../../../local/machines.ts';
import { HOME } from '../../../local/pipeline.ts';
import { describeProblem } from '../../../shared/recipe/problem.ts';
import { example, examples } from '../../example-project.ts';
import { simulate } from '../../simulated-build.ts';

const root = join(import.meta.dirname, '../../..');
const DOCUMENT = 'embedded-aws/docs/faults.md';
const folder = mkdtempSync(join(tmpdir(), 'faults-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Parsed = ReturnType<typeof parseFaults>;

const messages = (parsed: Parsed): string =>
  'problems' in parsed ? `${parsed.problems.map(describeProblem).join('\n')}\n` : 'faults\n';

function faultsOf(parsed: Parsed): Fault[] {
  if ('problems' in parsed) throw new Error(messages(parsed));
  return parsed.faults;
}

/** Expects faults, or problems with a place and a fix, in the order of their lines. */
function expectAnswer(parsed: Parsed): void {
  if ('faults' in parsed) return;
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { line, column, found, allowed, fix } of parsed.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(column).toBeGreaterThanOrEqual(1);
    for (const words of [found, allowed, fix]) expect(words).toMatch(/\S/);
  }
  const lines = parsed.problems.map(({ line }) => line);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
}

/** A change of the messages is reviewed like code. `vitest run -u` writes the new messages. */
describe('each broken file of faults gives the messages in its .txt file', () => {
  const bad = join(import.meta.dirname, 'bad-faults');
  const named = (extension: string): string[] =>
    readdirSync(bad)
      .filter((file) => file.endsWith(extension))
      .map((file) => basename(file, extension))
      .sort();

  test.each(named('.broken'))('%s', async (name) => {
    const parsed = parseFaults(readFileSync(join(bad, `${name}.broken`)), `${name}.yml`);
    expect(parsed).toHaveProperty('problems');
    expectAnswer(parsed);
    await expect(messages(parsed)).toMatchFileSnapshot(`bad-faults/${name}.txt`);
  });

  test('each .txt file has a broken file', () => {
    const broken = named('.broken');
    expect(named('.txt').filter((name) => !broken.includes(name))).toEqual([]);
    expect(broken.length).toBeGreaterThanOrEqual(30);
  });
});

describe('a file that cannot be opened', () => {
  const inFolder = (name: string): string => join(folder, name);
  const shipped = readdirSync('faults').filter((file) => file.endsWith('.yml'));
  const allowed = `a file of at most 256 KiB, such as one of these in faults: ${shipped.toSorted().join(', ')}`;
  const message = (path: string, found: string, fix: string) => `the command line --faults
  found    "${path}": ${found}
  allowed  ${allowed}
  fix      ${fix}
`;

  test.each([
    ['missing.yml', 'check the path'],
    ['lunch-fails.yml', 'did you mean faults/launch-fails.yml?'],
    ['launch-fails', 'did you mean faults/launch-fails.yml?'],
  ])('no such file: %s', (name, fix) => {
    expect(messages(openFaults(inFolder(name)))).toBe(message(inFolder(name), 'no such file', fix));
    expect(shipped).toContain('launch-fails.yml');
  });

  test('a folder', () => {
    mkdirSync(inFolder('folder.yml'));
    expect(messages(openFaults(inFolder('folder.yml')))).toBe(
      message(inFolder('folder.yml'), 'a folder', 'choose a file in the folder'),
    );
  });

  test('a file that is too large is not read', () => {
    writeFileSync(inFolder('large.yml'), '# '.padEnd(256 * 1024 + 1, 'x'));
    const fix = 'is this a list of faults? If it is, remove faults that you do not need';
    expect(messages(openFaults(inFolder('large.yml')))).toBe(
      message(inFolder('large.yml'), 'a file of 257 KiB', fix),
    );
  });
});

describe('valid faults', () => {
  test('are read unchanged', () => {
    const faults: Fault[] = [
      {
        call: 'RunInstances',
        where: { InstanceType: 'm7i.large', MetadataOptions: { HttpTokens: 'required' } },
        error: 'InsufficientInstanceCapacity',
        message: 'no capacity',
        status: 500,
        afterEffect: true,
        region: 'us-east-1',
        skip: 2,
        times: 'always',
      },
      {
        instance: 'terminates',
        where: { InstanceType: 'm7i.large' },
        afterSeconds: 0.5,
        reason: 'Client.InvalidSnapshot.NotFound',
        message: 'gone',
        times: 3,
      },
      { image: 'fails', by: 'CopyImage', message: 'no', region: 'eu-west-1' },
      { image: 'hangs' },
      { boot: 'fails', skip: 1 },
      { agent: 'silent', skip: 0 },
      { command: 'step01_web_server', exitCode: 3, output: '', hangs: false },
      { command: 'arn:aws:ssm:us-east-1:111122223333:document/Mine', hangs: true },
      { automation: 'waitForAgent', message: 'no' },
      { automation: 'runSteps', hangs: true },
      { lambda: 'CopyImages', happens: 'invoked twice' },
      { call: '*', service: 'kms', error: 'KMSInternalException', chance: 0.25, times: 'always' },
      { reads: 'lag', of: 'ami', seconds: 90, skip: 1 },
      { execution: 'aborted', state: 'Patch' },
    ];
    expect(faultsOf(parseFaults(stringify({ faults }), 'any.yml'))).toEqual(faults);
    expect(faultsOf(parseFaults(`\ufeff${JSON.stringify({ faults })}\r\n`, 'any.yml'))).toEqual(faults);
  });

  test('have the types of the embedded AWS', () => {
    type Read = z.output<ReturnType<typeof faultsSchema>>['faults'][number];
    expectTypeOf<Read>().toExtend<Fault>();
  });
});

describe('random content gives faults or problems', () => {
  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectAnswer(parseFaults(bytes, 'any.yml'))),
    );
  });

  test('valid faults with one random value', () => {
    const faults = [
      { call: 'RunInstances', where: { InstanceType: 'm7i.large' }, error: 'InternalError', status: 500 },
      { instance: 'terminates', afterSeconds: 1, reason: 'Server.InternalError', times: 2 },
      { image: 'hangs', by: 'CopyImage', region: 'eu-west-1', skip: 1 },
      { command: 'runSteps', exitCode: 1, output: 'no', hangs: false },
      { lambda: 'Plan', happens: 'killed after', times: 'always' },
    ];
    const places = faults.flatMap((fault, index) => Object.keys(fault).map((key) => [index, key] as const));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), ([index, key], value) => {
        const changed = faults.map((fault, at) => (at === index ? { ...fault, [key]: value } : fault));
        expectAnswer(parseFaults(stringify({ faults: changed }), 'any.yml'));
      }),
      { numRuns: 300 },
    );
  });
});

/** Bakes with faults. Returns the stage that failed, how often each fault was met, and the remaining resources of the account. */
async function bakeWith(faults: Fault[], name: string, seed: number) {
  const { world, pipeline, run, pass } = simulate({ recipes: [example(name)], faults, seed });
  const entered: string[] = [];
  const tasks = Object.keys(statesOf('bake').functionKeys);
  const execution = pipeline.start(name, ({ type, state }) => {
    if (type === 'StateEntered' && state && tasks.includes(state.name)) entered.push(state.name);
  });
  const { status } = await run(execution.result);
  const stages = entered.filter((stage) => stage !== 'CleanUp' && stage !== 'Record');
  // After a release, clean-up does not wait for the end of a builder that is shutting down.
  if (status === 'SUCCEEDED') await pass(600);
  const inventoryAfter = inventory(pipeline, HOME.account).map(({ kind }) => kind);
  return {
    outcome: status === 'SUCCEEDED' ? status : stages.at(-1),
    met: world.faultsMet,
    remaining: inventoryAfter,
  };
}

describe('the files in faults/ do what their names say', () => {
  const outcomes: Record<string, string> = {
    'clean-up-struggles.yml': 'SUCCEEDED',
    'copy-images-fails.yml': 'CopyImages',
    'create-image-fails.yml': 'CreateImage',
    'launch-fails.yml': 'Launch',
    'launch-fallback.yml': 'SUCCEEDED',
    'patch-fails.yml': 'Patch',
    'plan-fails.yml': 'Plan',
    'publish-fails.yml': 'Publish',
    'share-images-fails.yml': 'ShareImages',
    'stop-fails.yml': 'Stop',
    'storm.yml': 'SUCCEEDED',
  };

  test('the table has all files', () => {
    expect(readdirSync(join(root, 'faults')).sort()).toEqual(Object.keys(outcomes));
  });

  const cases = Object.keys(outcomes).flatMap((file) =>
    examples.flatMap((name) => [1, 2].map((seed) => ({ file, name, seed }))),
  );

  test.each(cases)('$file with the recipe $name (seed $seed)', async ({ file, name, seed }) => {
    const faults = faultsOf(openFaults(join(root, 'faults', file)));
    const { outcome, met, remaining } = await bakeWith(faults, name, seed);
    expect(outcome).toBe(outcomes[file]);
    expect(met.length).toBeGreaterThan(0);
    const released = outcome === 'SUCCEEDED' ? example(name).recipe.regions.length : 0;
    expect(remaining.filter((kind) => kind === 'image')).toHaveLength(released);
    expect(remaining.filter((kind) => kind === 'instance' || kind === 'volume')).toEqual([]);
  });
});

describe(DOCUMENT, () => {
  const text = readFileSync(join(root, DOCUMENT), 'utf8');
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example);

  test.each(examples)('has a valid example: %s', (example) => {
    expect(messages(parseFaults(example, DOCUMENT))).toBe('faults\n');
  });

  test('has an example of every kind', () => {
    const kinds = examples.flatMap((example) => (parse(example) as { faults: object[] }).faults);
    const firsts = new Set(kinds.map((fault) => Object.keys(fault)[0]));
    expect([...firsts].sort()).toEqual([
      'agent',
      'automation',
      'boot',
      'call',
      'command',
      'execution',
      'image',
      'instance',
      'lambda',
      'reads',
    ]);
  });

  test.each([1, 2, 3])(
    'has a last example that strikes every stage, and the bake succeeds (seed %i)',
    async (seed) => {
      const faults = faultsOf(parseFaults(examples.at(-1) ?? '', DOCUMENT));
      const { outcome, met, remaining } = await bakeWith(faults, 'al2023', seed);
      expect(outcome).toBe('SUCCEEDED');
      expect(faults.filter((_, index) => met[index] === undefined)).toEqual([]);
      expect(remaining.sort()).toEqual(['image', 'image', 'snapshot', 'snapshot']);
    },
  );

  test('has a first example in which each fault strikes', async () => {
    const faults = faultsOf(parseFaults(examples[0] ?? '', DOCUMENT));
    const { outcome, met } = await bakeWith(faults, 'al2023', 1);
    expect(outcome).toBe('SUCCEEDED');
    expect(faults.filter(({ skip = 0 }, index) => (met[index] ?? 0) <= skip)).toEqual([]);
  });

  test.each(['Launch', 'Patch', 'CopyImages'])(
    'describes a fault that aborts an execution at %s',
    async (state) => {
      const [fault] = faultsOf(parseFaults(`faults: [{ execution: aborted, state: ${state} }]`, 'any.yml'));
      const { outcome, met } = await bakeWith([fault as Fault], 'al2023', 1);
      expect({ outcome, met }).toEqual({ outcome: state, met: [1] });
    },
  );

  test('describes a fault that hangs a step of an automation until its timeout', async () => {
    const faults = faultsOf(parseFaults('faults: [{ automation: runSteps, hangs: true }]', 'any.yml'));
    const { outcome, met, remaining } = await bakeWith(faults, 'al2023', 1);
    expect({ outcome, met, remaining }).toEqual({ outcome: 'Patch', met: [1], remaining: [] });
  });

  test('lists every field of every kind in its tables', () => {
    const schema = z.toJSONSchema(faultsSchema()) as unknown as {
      properties: { faults: { items: { anyOf: { properties: object }[] } } };
    };
    const everywhere = ['region', 'skip', 'times', 'chance'];
    const fieldsIn = (section: string) =>
      [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
    const sectionOf = (heading: string) =>
      text.split(/^##+ /m).find((part) => part.startsWith(heading)) ?? '';
    expect(fieldsIn(sectionOf('Where and how often'))).toEqual(everywhere);
    for (const { properties } of schema.properties.faults.items.anyOf) {
      const own = Object.keys(properties).filter((key) => !everywhere.includes(key));
      expect(fieldsIn(sectionOf(`\`${own[0]}\``))).toEqual(own);
    }
  });
});
