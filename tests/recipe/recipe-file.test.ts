import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { type CheckedRecipe, checkRecipe, parseRecipe } from '../../shared/recipe/recipe-file.ts';

const now = new Date('2026-03-01T12:00:00Z');

const messages = (checked: CheckedRecipe): string =>
  'problems' in checked ? `${checked.problems.map(describeProblem).join('\n')}\n` : 'a recipe\n';

/** Checks that the result is a recipe, or a sorted list of problems with line, column and texts. */
function expectResult(checked: CheckedRecipe): void {
  if ('recipe' in checked) return;
  expect(checked.problems.length).toBeGreaterThan(0);
  for (const { line, column, found, allowed, fix } of checked.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(column).toBeGreaterThanOrEqual(1);
    for (const words of [found, allowed, fix]) expect(words).toMatch(/\S/);
  }
  const lines = checked.problems.map(({ line }) => line);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
}

const goodRecipe = {
  name: 'good',
  description: 'A valid recipe',
  platform: 'linux',
  base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  build: { instanceTypes: ['m7i.large'] },
  regions: ['us-east-1'],
};

/**
 * The extension .broken hides the broken recipes from tools that check YAML. `vitest run -u` updates the messages. Review a change of the
 * messages like a change of code.
 */
describe('the messages for each broken recipe', () => {
  const folder = new URL('bad-recipes/', import.meta.url);
  const named = (extension: string): string[] =>
    readdirSync(folder)
      .filter((file) => file.endsWith(extension))
      .map((file) => basename(file, extension))
      .sort();

  test.each(named('.broken'))('%s', async (name) => {
    const checked = parseRecipe(readFileSync(new URL(`${name}.broken`, folder)), `${name}.yml`, now);
    expect(checked).toHaveProperty('problems');
    expectResult(checked);
    await expect(messages(checked)).toMatchFileSnapshot(`bad-recipes/${name}.txt`);
  });

  test('each file of messages has a recipe', () => {
    const broken = named('.broken');
    expect(named('.txt').filter((name) => !broken.includes(name))).toEqual([]);
    expect(broken.length).toBeGreaterThanOrEqual(30);
  });
});

describe('limits', () => {
  test.each([
    '[',
    '{a: ',
    '- ',
    '? ',
    '&a ',
    '!a ',
    '*a ',
    '"',
    '- [',
    'a:\n',
    '#',
    '%a\n',
    '---\n',
    '<<: *a\n',
  ])('20,000 times %j', (piece) => {
    expectResult(parseRecipe(piece.repeat(20_000), 'any.yml', now));
    expectResult(parseRecipe(`name: any\nsteps:\n  - ${piece.repeat(20_000)}`, 'any.yml', now));
  });

  test('700 nested maps', () => {
    const lines = Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:\n`);
    expectResult(parseRecipe(lines.join(''), 'any.yml', now));
  });

  const accounts = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

  test('an AMI can be shared with at most 1,000 accounts, organizations and units', () => {
    const organizations = ['arn:aws:organizations::123456789012:organization/o-exampleorgid'];
    const shared = (count: number) =>
      checkRecipe(
        { ...goodRecipe, share: { accounts: accounts(count), organizations } },
        'execution input',
        now,
      );
    expect(shared(999)).toHaveProperty('recipe');
    expect(messages(shared(1_000))).toBe(
      [
        'execution input share',
        '  found    1001 accounts, organizations and organizational units in total',
        '  allowed  at most 1000, the EC2 quota for one AMI',
        '  fix      share with an organization or organizational units instead of single accounts',
        '',
      ].join('\n'),
    );
  });
});

describe('the timeouts of the steps', () => {
  const usual = { name: 'usual', shell: 'true' };
  const steps = (...given: object[]) =>
    checkRecipe(
      { ...goodRecipe, steps: given.map((step, index) => ({ ...step, name: `step ${index}` })) },
      'input',
      now,
    );

  test.each([
    ['seven steps with the default', [usual, usual, usual, usual, usual, usual, usual]],
    ['timeouts and defaults of 330 minutes', [{ ...usual, timeoutMinutes: 210 }, usual, usual]],
    [
      'a document beside 330 minutes',
      [{ ...usual, timeoutMinutes: 330 }, { document: 'AWS-RunShellScript' }],
    ],
  ])('can be %s', (_, given) => {
    expect(steps(...given)).toHaveProperty('recipe');
  });

  test.each([
    ['after', [{ ...usual, timeoutMinutes: 330 }, usual], 'input steps[1]\n'],
    ['before', [usual, { ...usual, timeoutMinutes: 330 }], 'input steps[1].timeoutMinutes\n'],
  ])('include the default of a step %s a step with timeoutMinutes', (_, given, place) => {
    const found = messages(steps(...given));
    expect(found).toContain(place);
    expect(found).toContain('which brings the sum of the timeouts to 390 minutes');
    expect(found).toContain('a step without timeoutMinutes counts as 60');
  });
});

describe('an inline recipe', () => {
  test('is valid with and without its defaults', () => {
    const checked = checkRecipe(goodRecipe, 'execution input', now);
    if (!('recipe' in checked)) throw new Error(messages(checked));
    expect(checkRecipe(checked.recipe, 'execution input', now)).toEqual(checked);
  });

  test('has problems without lines', () => {
    const checked = checkRecipe(
      { ...goodRecipe, regions: ['us-east-1', 'us-est-1'] },
      'execution input',
      now,
    );
    expect(messages(checked)).toBe(
      [
        'execution input regions[1]',
        '  found    "us-est-1", which is not a region of the aws partition',
        '  allowed  a region of the aws partition, such as us-east-1',
        '  fix      did you mean us-east-1?',
        '',
      ].join('\n'),
    );
  });

  test('can have fields with the names of JavaScript properties', () => {
    const builtIn = { toString: {}, constructor: null };
    const checked = checkRecipe(
      { ...goodRecipe, platform: builtIn, build: { instanceTypes: [builtIn] } },
      'input',
      now,
    );
    expect(messages(checked)).toContain('input platform\n  found    a map with toString, constructor\n');
  });

  test.each([undefined, null, 7, 'text', [], {}, new Date(0), Number.NaN, () => 0])(
    '%s is refused',
    (value) => {
      const checked = checkRecipe(value, 'execution input', now);
      expect(checked).toHaveProperty('problems');
      expect(messages(checked)).toMatch(/^execution input/);
    },
  );
});

describe('any content of a file', () => {
  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        expectResult(parseRecipe(bytes, 'any.yml', now)),
      ),
    );
  });

  test('random YAML tokens', () => {
    const piece = fc.constantFrom(
      ...[
        'name',
        'base',
        'steps',
        'good',
        '1',
        ':',
        ': ',
        '- ',
        '\n',
        '\n  ',
        '\t',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        "'",
        '#',
        '&a ',
        '*a ',
      ],
      ...[
        '!x ',
        '!!set ',
        '|\n',
        '>-\n',
        '? ',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '<<: ',
        '\r\n',
        '\ufeff',
        '~',
        '__proto__',
        '\u0000',
      ],
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (source) => expectResult(parseRecipe(source, 'any.yml', now))),
      { numRuns: 2_000 },
    );
  });

  test('a valid recipe with one random value at any depth', () => {
    const whole = {
      ...goodRecipe,
      build: {
        ...goodRecipe.build,
        volumes: [{ device: '/dev/xvda', sizeGiB: 10, type: 'gp3', iops: 3_000 }],
      },
      patch: { install: true, reboot: 'never' },
      steps: [
        { name: 'a', shell: 'true' },
        { name: 'b', document: 'AWS-RunPatchBaseline', parameters: { Operation: ['Install'] } },
      ],
      share: { accounts: ['111122223333'], organizations: [], organizationalUnits: [], public: false },
      tags: { team: 'platform' },
      schedule: { cron: '0 3 ? * SUN *', timezone: 'UTC', flexibleWindowMinutes: 15 },
      rebuildOnNewBase: true,
      scanForUpdates: true,
      rebuildAfterDays: 30,
      freeze: {
        timezone: 'UTC',
        windows: [{ from: '2026-12-18', until: '2027-01-04', reason: 'holidays' }],
        changeCalendars: ['holidays'],
      },
    };
    expect(parseRecipe(stringify(whole), 'good.yml', now)).toHaveProperty('recipe');
    const paths = pathsOf(whole);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        expectResult(parseRecipe(stringify(replaceAt(whole, path, value)), 'good.yml', now));
      }),
      { numRuns: 2_000 },
    );
  });
});

type Path = readonly string[];

function pathsOf(value: unknown, prefix: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  return [prefix, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...prefix, key]))];
}

function replaceAt(value: unknown, [head, ...rest]: Path, replacement: unknown): unknown {
  if (head === undefined || typeof value !== 'object' || value === null) return replacement;
  const copy = Object.assign(Array.isArray(value) ? [] : {}, value) as Record<string, unknown>;
  copy[head] = replaceAt(copy[head], rest, replacement);
  return copy;
}
