import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fieldOf } from '../cli/screen/timeline.ts';
import { FORMER_DOCUMENT_SECONDS } from '../shared/build/former-documents.ts';
import { EXECUTIONS_MAX } from '../shared/build/leftovers.ts';
import { QUIET_SECONDS } from '../shared/build/removal-plan.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { STEPS_MINUTES_MAX } from '../shared/recipe/step-limits.ts';

const ROOT = join(import.meta.dirname, '..');

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

/** The layers of the pipeline, each with the other layers that it may import. Imports go in one direction. */
const layers: { layer: string; mayImport: string[] }[] = [
  { layer: 'shared/errors.ts', mayImport: [] },
  { layer: 'shared/arns.ts', mayImport: [] },
  { layer: 'shared/recipe/', mayImport: ['shared/errors.ts'] },
  { layer: 'shared/build/', mayImport: ['shared/recipe/', 'shared/errors.ts', 'shared/arns.ts'] },
  {
    layer: 'shared/aws/',
    mayImport: ['shared/build/', 'shared/recipe/', 'shared/errors.ts', 'shared/arns.ts'],
  },
  {
    layer: 'shared/lambda/',
    mayImport: ['shared/aws/', 'shared/build/', 'shared/recipe/', 'shared/errors.ts'],
  },
  { layer: 'functions/', mayImport: ['shared/'] },
  { layer: 'local/', mayImport: ['functions/', 'shared/', 'embedded-aws'] },
  { layer: 'cli/', mayImport: ['local/', 'shared/', 'embedded-aws'] },
  // Deployment depends neither on the command line nor on the embedded AWS.
  {
    layer: 'scripts/',
    mayImport: [
      'shared/recipe/',
      'shared/build/image-attempt.ts',
      'shared/build/stack-key-policy.ts',
      'shared/build/tags.ts',
      'shared/build/version.ts',
      'shared/lambda/metrics.ts',
    ],
  },
  { layer: 'packaging/', mayImport: ['shared/recipe/'] },
  { layer: 'bench/', mayImport: ['local/', 'shared/', 'cli/', 'functions/', 'packaging/', 'embedded-aws'] },
];

/** The services of the embedded AWS, and the guest, which runs on their instances. */
const services = [
  ...[
    'auto-scaling',
    'dynamodb',
    'ec2',
    'eventbridge',
    'guest',
    'inspector2',
    'kms',
    'lambda',
    'scheduler',
    'sns',
  ],
  ...['sqs', 'ssm', 'step-functions', 'sts'],
];

/**
 * The folders that each folder of the embedded AWS may import. Services call one another. No folder imports the entry points, which are
 * the files in `src/` itself.
 */
const embeddedLayers: { layer: string; mayImport: string[] }[] = [
  { layer: 'core', mayImport: [] },
  { layer: 'catalog', mayImport: ['core'] },
  { layer: 'wire', mayImport: ['core'] },
  ...services.map((layer) => ({ layer, mayImport: ['core', 'catalog', ...services] })),
  { layer: 'public-images', mayImport: ['core', 'catalog', ...services] },
];

interface Import {
  readonly from: string;
  /** The path of a file from the root, or the name of a package. */
  readonly to: string;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const statements = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  const specifiers = [...source.matchAll(statements)].map(([, one, other = '']) => one ?? other);
  return specifiers.map((to) => ({
    from: file,
    to: to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), to)) : to,
  }));
}

const folders = ['shared', 'functions', 'local', 'cli', 'scripts', 'packaging', 'bench'];
const production = folders.flatMap(filesIn);
const embedded = filesIn('embedded-aws/src');
const embeddedTests = filesIn('embedded-aws/tests');

describe('the layers', () => {
  it('include every file', () => {
    expect(production.filter((file) => !layers.some(({ layer }) => file.startsWith(layer)))).toEqual([]);
  });

  it.each(layers)('$layer imports only itself and $mayImport', ({ layer, mayImport }) => {
    const files = production.filter((file) => file.startsWith(layer));
    expect(files.length).toBeGreaterThan(0);
    const ours = files
      .flatMap(importsOf)
      .filter(
        ({ to }) =>
          to === 'embedded-aws' ||
          [...folders, 'embedded-aws', 'tests'].some((one) => to.startsWith(`${one}/`)),
      );
    expect(
      ours.filter(
        ({ to }) =>
          ![layer, ...mayImport].some(
            (allowed) => to === allowed || (allowed !== 'embedded-aws' && to.startsWith(allowed)),
          ),
      ),
    ).toEqual([]);
  });

  it('have no circular imports', () => {
    const files = [...production, ...embedded];
    const imports = new Map(files.map((file) => [file, importsOf(file).map(({ to }) => to)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const follow = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (path.includes(file) || done.has(file)) return;
      for (const to of imports.get(file) ?? []) follow(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) follow(file, []);
    expect(circles).toEqual([]);
  });

  it('use middy only in step.ts, and the environment only in lambda-deps.ts', () => {
    const knowMiddy = production.filter((file) => importsOf(file).some(({ to }) => to === '@middy/core'));
    expect(knowMiddy).toEqual(['shared/lambda/step.ts']);
    const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
    const knowEnvironment = production.filter(
      (file) => /^(shared|functions)/.test(file) && source(file).includes('process.env'),
    );
    expect(knowEnvironment).toEqual(['shared/lambda/lambda-deps.ts']);
  });

  it("let the command line only start, watch, answer and stop builds with its user's permissions", () => {
    const sdk = production
      .filter((file) => file.startsWith('cli/'))
      .flatMap((file) => importsOf(file).filter(({ to }) => to.startsWith('@aws-sdk/')));
    expect([...new Set(sdk.map(({ to }) => to))].toSorted()).toEqual([
      '@aws-sdk/client-sfn',
      '@aws-sdk/client-ssm',
      '@aws-sdk/client-sts',
    ]);
    const commands = sdk.flatMap(({ from }) =>
      readFileSync(join(ROOT, from), 'utf8').match(/(?<=new )\w+Command(?=\()/g),
    );
    expect([...new Set(commands)].filter((command) => command !== null).toSorted()).toEqual([
      'DescribeExecutionCommand',
      'GetAutomationExecutionCommand',
      'GetCallerIdentityCommand',
      'GetExecutionHistoryCommand',
      'StartAutomationExecutionCommand',
      'StartExecutionCommand',
      'StopExecutionCommand',
    ]);
  });

  it('name AWS error codes in one file only', () => {
    const table = 'shared/aws/error-codes.ts';
    const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
    const codes = [...source(table).matchAll(/^ {2}'?([A-Za-z.]+)'?: [A-Z]\w+,$/gm)].map(
      ([, code = '']) => code,
    );
    expect(codes.length).toBeGreaterThan(30);
    const naming = production.filter(
      (file) => /^(shared|functions)/.test(file) && codes.some((code) => source(file).includes(`'${code}'`)),
    );
    expect(naming).toEqual([table]);
  });
});

describe('the embedded AWS', () => {
  const imports = embedded.flatMap(importsOf);
  const testImports = embeddedTests.flatMap(importsOf);
  const isFile = ({ to }: Import) => /\.[jt]s$/.test(to);

  it('imports nothing from outside its package, in the code and in the tests', () => {
    expect(testImports.filter(({ to }) => to.startsWith('embedded-aws/src/')).length).toBeGreaterThan(30);
    const files = [...imports, ...testImports].filter(isFile);
    expect(files.filter(({ to }) => !to.startsWith('embedded-aws/'))).toEqual([]);
    expect(imports.filter((one) => isFile(one) && !one.to.startsWith('embedded-aws/src/'))).toEqual([]);
  });

  it('declares every package that it imports', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'embedded-aws/package.json'), 'utf8'),
    );
    const undeclared = (all: readonly Import[], declared: object) =>
      all.filter((one) => {
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(one.to)?.[0] ?? '';
        return !isFile(one) && !one.to.startsWith('node:') && !Object.hasOwn(declared, name);
      });
    expect(undeclared(imports, dependencies)).toEqual([]);
    expect(undeclared(testImports, { ...dependencies, ...devDependencies })).toEqual([]);
  });

  it('has a layer for every folder', () => {
    const found = new Set(embedded.map((file) => dirname(file).split('/')[2]).filter(Boolean));
    expect([...found].toSorted()).toEqual(embeddedLayers.map(({ layer }) => layer).toSorted());
  });

  it.each(embeddedLayers)('$layer imports only itself and $mayImport', ({ layer, mayImport }) => {
    const own = imports.filter(({ from }) => from.startsWith(`embedded-aws/src/${layer}/`));
    expect(own.length).toBeGreaterThan(0);
    const allowed = [layer, ...mayImport].map((folder) => `embedded-aws/src/${folder}/`);
    const upward = own.filter(
      ({ to }) => to.startsWith('embedded-aws/') && !allowed.some((folder) => to.startsWith(folder)),
    );
    expect(upward).toEqual([]);
  });

  it('is imported only through its entry point, except for shared test helpers', () => {
    const users = [...production, ...filesIn('tests')].flatMap(importsOf);
    const around = users.filter(
      ({ from, to }) =>
        to.startsWith('embedded-aws/') &&
        !(from.startsWith('tests/') && /^embedded-aws\/tests\/(.*\/)?simulated-[\w-]+\.ts$/.test(to)),
    );
    expect(around).toEqual([]);
    expect(users.filter(({ to }) => to === 'embedded-aws').length).toBeGreaterThan(30);
  });
});

describe('numbers that must agree', () => {
  const yaml = (file: string) => parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true });

  it('clean-up waits for longer than a function may run', () => {
    const stack = yaml('serverless.yml');
    const making = Object.entries<{ timeout?: number }>(stack.functions).filter(
      ([key]) => key !== 'cleanUp' && key !== 'findLeftovers',
    );
    const longest = Math.max(...making.map(([, { timeout }]) => timeout ?? stack.provider.timeout));
    expect(QUIET_SECONDS).toBeGreaterThanOrEqual(longest + 60);
  });

  it('the timeout of a build is a little longer than the deadlines of all stages together', () => {
    // The slower of the two platforms.
    const { patchLinux: _quicker, ...others } = waitTimes;
    const stages = Object.values(others).reduce((sum, { deadlineSeconds }) => sum + deadlineSeconds, 0);
    const settling = 24 * 3600;
    const { TimeoutSeconds } = yaml('statemachines/bake.yml');
    expect(TimeoutSeconds).toBeGreaterThan(stages + settling + 6 * 3600);
    expect(TimeoutSeconds).toBeLessThan(1.5 * (stages + settling));
  });

  it('former documents of steps are kept for longer than any build runs', () => {
    expect(FORMER_DOCUMENT_SECONDS).toBeGreaterThan(yaml('statemachines/bake.yml').TimeoutSeconds);
  });

  it('clean-up has enough time and history for the maximum number of executions, each until its deadline', () => {
    const { TimeoutSeconds, States } = yaml('statemachines/clean-up.yml');
    const rounds = Math.ceil(EXECUTIONS_MAX / States.CleanUpEach.MaxConcurrency);
    const { deadlineSeconds } = waitTimes.cleanUp;
    expect(TimeoutSeconds).toBeGreaterThan(rounds * deadlineSeconds);
    // The invocations according to `pending`, each with nine events, and the same number again for retries.
    let invocations = 0;
    const began = new Date(0).toISOString();
    for (let seconds = 0; seconds < deadlineSeconds; invocations++) {
      const now = new Date(seconds * 1000);
      seconds += pending(waitTimes.cleanUp, { since: began, now, awaiting: '' }).waitSeconds;
    }
    expect(invocations).toBeGreaterThan(20);
    expect(EXECUTIONS_MAX * invocations * 9 * 2).toBeLessThan(25_000);
  });

  it('both machines retry transient errors', () => {
    const { Retry } = yaml('statemachines/bake.yml').States.CleanUp;
    const { FindLeftovers, CleanUpEach } = yaml('statemachines/clean-up.yml').States;
    expect(FindLeftovers.Retry).toEqual(Retry);
    expect(CleanUpEach.ItemProcessor.States.CleanUp.Retry).toEqual(Retry);
  });

  it.each([
    ['linux', waitTimes.patchLinux],
    ['windows', waitTimes.patchWindows],
  ])(
    'Patch waits as long as the steps of the build document for %s may take',
    (platform, { deadlineSeconds }) => {
      const steps: { timeoutSeconds?: number }[] = yaml(`documents/build-${platform}.yml`).mainSteps;
      const allowed = steps.reduce((sum, { timeoutSeconds = 0 }) => sum + timeoutSeconds, 0);
      expect(allowed).toBeGreaterThan(3600);
      expect(deadlineSeconds).toBeGreaterThan(allowed);
    },
  );

  it.each(['linux', 'windows'])(
    'a recipe may give its steps at most the time limit in the build document for %s',
    (platform) => {
      interface Step {
        readonly name: string;
        readonly timeoutSeconds: number;
        readonly inputs: { readonly TimeoutSeconds: number };
      }
      const steps: Step[] = yaml(`documents/build-${platform}.yml`).mainSteps;
      const run = steps.find(({ name }) => name === 'runSteps');
      expect(run?.timeoutSeconds).toBe(STEPS_MINUTES_MAX * 60 + (run?.inputs.TimeoutSeconds ?? 0));
      // The agent uses its default instead of a longer timeout (amazon-ssm-agent, pluginutil.ValidateExecutionTimeout).
      expect(STEPS_MINUTES_MAX * 60).toBeLessThanOrEqual(172_800);
    },
  );
});

describe('states, functions, files and tests', () => {
  interface State {
    readonly Type: string;
    readonly Resource: { 'Fn::GetAtt': [string, string] };
    readonly ResultPath?: string;
    readonly ItemProcessor?: { readonly States: Record<string, State> };
    readonly Branches?: readonly { readonly States: Record<string, State> }[];
  }
  const tasksOf = (machine: { States: Record<string, State> }): [string, State][] =>
    Object.entries(machine.States).flatMap(([name, state]) => [
      ...(state.Type === 'Task' ? [[name, state] as [string, State]] : []),
      ...(state.ItemProcessor === undefined ? [] : tasksOf(state.ItemProcessor)),
      ...(state.Branches ?? []).flatMap(tasksOf),
    ]);
  const machines = readdirSync(join(ROOT, 'statemachines')).map((name) =>
    parse(readFileSync(join(ROOT, 'statemachines', name), 'utf8'), { merge: true }),
  );
  const stack = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'));
  // CleanUp is a state of both machines.
  const states = [...new Map(machines.flatMap(tasksOf))];
  const kebab = (name: string) => name.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase();

  it.each(states)('have the same name: %s', (name, { Resource }) => {
    const key = name.charAt(0).toLowerCase() + name.slice(1);
    expect(Resource).toEqual({ 'Fn::GetAtt': [key, 'Arn'] });
    expect(stack.functions[key].handler).toBe(`functions/${kebab(name)}.handler`);
    expect(filesIn('functions')).toContain(`functions/${kebab(name)}.ts`);
    expect(filesIn('tests/functions')).toContain(`tests/functions/${kebab(name)}.test.ts`);
  });

  it('agree on the field of the document that each stage writes', () => {
    const bake = parse(readFileSync(join(ROOT, 'statemachines/bake.yml'), 'utf8'), { merge: true });
    const written = tasksOf(bake).map(
      ([name, { ResultPath = '' }]) => [name, ResultPath.replace('$.', '')] as const,
    );
    expect(Object.fromEntries(written)).toEqual(fieldOf);
    // A stage that names another field would not find its previous result, and would lose what it spent.
    for (const [name, field] of written)
      expect(readFileSync(join(ROOT, `functions/${kebab(name)}.ts`), 'utf8')).toContain(
        `export const handler = stage(\n  '${field}',`,
      );
  });

  it('have no other names, except Trigger, Watch and WatchReleases', () => {
    // These three are not states: events and schedules call them.
    const expected = [...states.map(([name]) => kebab(name)), 'trigger', 'watch', 'watch-releases'];
    expect(filesIn('functions').toSorted()).toEqual(
      expected.map((name) => `functions/${name}.ts`).toSorted(),
    );
    expect(filesIn('tests/functions').toSorted()).toEqual(
      expected.map((name) => `tests/functions/${name}.test.ts`).toSorted(),
    );
    expect(Object.keys(stack.functions)).toHaveLength(expected.length);
  });
});
