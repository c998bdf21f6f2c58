import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newWorld, perform, requestId, serve } from 'embedded-aws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { deploy, HOME } from '../../local/pipeline.ts';
import { type Bundle, bundleFunctions, functionKeys, packagedOptions } from '../../packaging/bundles.ts';
import * as errors from '../../shared/errors.ts';
import { openRecipes } from '../../shared/recipe/open-recipe.ts';
import { recipeSchema } from '../../shared/recipe/recipe.ts';
import { fieldMessages } from '../../shared/recipe/schema-field.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { importSource, scratchFolder } from './import-source.ts';

const ROOT = join(import.meta.dirname, '../..');
const options = await packagedOptions();
const bundles = new Map((await bundleFunctions(functionKeys(), options)).map((one) => [one.key, one]));

function bundleOf(key: string): Bundle {
  const bundle = bundles.get(key);
  if (bundle === undefined) throw new Error(`there is no function ${key}`);
  return bundle;
}

interface Outcome {
  readonly answer?: Record<string, unknown>;
  readonly error?: { readonly name: string; readonly message: string };
}

/** The environment variables of a function in serverless.yml. All values are "any". */
const environment: Record<string, string> = Object.fromEntries(
  Object.keys(parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8')).provider.environment).map((name) => [
    name,
    'any',
  ]),
);

/** Calls a bundled function once in a separate process. The process has only the bundle and this environment. */
async function invoke(key: string, event: unknown, more: Record<string, string> = {}) {
  const folder = scratchFolder();
  const { code, file } = bundleOf(key);
  writeFileSync(join(folder, file), code);
  const child = fork(join(import.meta.dirname, 'lambda-process.ts'), [join(folder, file)], {
    cwd: folder,
    env: {
      ...environment,
      AWS_REGION: HOME.region,
      AWS_ACCESS_KEY_ID: HOME.account,
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_SESSION_TOKEN: 'any',
      ...more,
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => output.push(String(chunk)));
  const exited = once(child, 'exit').then(() => {
    throw new Error(`The process of ${key} ended without an answer: ${output.join('')}`);
  });
  child.send(event as object);
  try {
    const [outcome] = (await Promise.race([once(child, 'message'), exited])) as [Outcome];
    return outcome;
  } finally {
    exited.catch(() => {});
    child.kill();
  }
}

describe('the bundle of', () => {
  // Schedules call these functions. They ignore their input.
  const scheduled = ['findLeftovers', 'watch', 'watchReleases'];

  it.each(functionKeys().filter((key) => !scheduled.includes(key)))(
    '%s runs without other files, and refuses invalid input with an error name',
    async (key) => {
      const { error } = await invoke(key, { execution: 7 });
      expect(error).toMatchObject({
        name: expect.stringMatching(/^(Defect|InvalidInput)$/),
        message: expect.stringMatching(/\w+ .*: /),
      });
    },
  );

  it.each(scheduled)('%s runs without other files, and calls AWS', async (key) => {
    const unreachable = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' };
    const { answer, error } = await invoke(key, {}, unreachable);
    expect(JSON.stringify(answer?.failed ?? error)).toMatch(
      /(ec2|ssm|dynamodb):\w+ in us-east-1: .*ECONNREFUSED/,
    );
  });
});

describe('bundled functions against an endpoint', () => {
  async function serveWorld() {
    const world = newWorld({ seed: 7, now: Date.now });
    const { services, deps } = deploy(world, [recipeFile(plainRecipe)]);
    const server = await serve(0, {
      perform: ({ accessKey, ...call }) => perform(services, world, { ...call, account: accessKey }),
      requestId: () => requestId(world),
      onSurprise: (error) => {
        throw error;
      },
    });
    onTestFinished(() => server.close());
    const { settings } = deps;
    return {
      world,
      variables: {
        AWS_ENDPOINT_URL: server.url,
        INSTANCE_PROFILE: settings.instanceProfile,
        SECURITY_GROUP: settings.securityGroup,
        SUBNETS: settings.subnets.join(','),
        CHECK_DOCUMENT_LINUX: settings.checkDocuments.linux,
        CHECK_DOCUMENT_WINDOWS: settings.checkDocuments.windows,
        APPROVAL_DOCUMENT: settings.approvalDocument,
        BUILD_DOCUMENT_LINUX: settings.buildDocuments.linux,
        BUILD_DOCUMENT_WINDOWS: settings.buildDocuments.windows,
        AUTOMATION_ROLE: '',
      },
    };
  }

  it('plan a build and launch an instance of the newest base', async () => {
    const { world, variables } = await serveWorld();
    const event = { execution: 'e-1', startTime: new Date().toISOString() };

    const planned = await invoke('plan', { ...event, document: { recipe: plainRecipe } }, variables);
    expect(planned).toMatchObject({ answer: { recipe: 'plain', base: { owner: '137112412989' } } });

    const launched = await invoke('launch', { ...event, document: { plan: planned.answer } }, variables);
    expect(launched).toMatchObject({ answer: { status: 'pending' } });
    const base = planned.answer?.base as { imageId: string };
    expect(world.instances.all()).toMatchObject([
      { imageId: base.imageId, account: HOME.account, tags: { 'golden-image:execution': 'e-1' } },
    ]);
  });

  it('convert errors of AWS', async () => {
    const { variables } = await serveWorld();
    const recipe = { ...plainRecipe, base: { imageId: 'ami-0123456789abcdef0' } };
    const event = { execution: 'e-1', startTime: new Date().toISOString(), document: { recipe } };
    expect(await invoke('plan', event, variables)).toMatchObject({
      error: { name: 'InvalidInput', message: expect.stringContaining('ami-0123456789abcdef0') },
    });
  });
});

it('minified errors have the names that the state machine matches', async () => {
  const minified = await importSource<typeof errors>("export * from './shared/errors.ts';", ROOT, options);
  const names = Object.keys(errors);
  expect(names.length).toBeGreaterThan(8);
  expect(Object.entries(minified).map(([name, Class]) => [name, new Class('why').name])).toEqual(
    names.toSorted().map((name) => [name, name]),
  );
});

it('the packaged recipes are the checked recipes in recipes/ with their defaults', async () => {
  const module = "export { recipes } from './shared/lambda/packaged-recipes.ts';";
  const { recipes } = await importSource<{ recipes: () => object }>(module, ROOT, options);
  const opened = openRecipes(ROOT, new Date());
  if ('problems' in opened) throw new Error('a shipped recipe is not valid');
  expect(recipes()).toEqual(Object.fromEntries(opened.map(({ recipe }) => [recipe.name, recipe])));
});

describe('the packaged schema of recipes', () => {
  const module =
    "export { recipeSchema } from './shared/recipe/recipe.ts'; export { fieldMessages } from './shared/recipe/schema-field.ts';";
  type Schema = z.core.$ZodTypes;

  /** A schema and all its parts, in the order of the source. */
  function partsOf(schema: z.core.$ZodType): Schema[] {
    const { def } = (schema as Schema)._zod;
    const parts: z.core.$ZodType[] =
      def.type === 'object'
        ? Object.values(def.shape)
        : def.type === 'union'
          ? [...def.options]
          : def.type === 'record'
            ? [def.keyType, def.valueType]
            : def.type === 'array'
              ? [def.element]
              : 'innerType' in def
                ? [def.innerType]
                : [];
    return [schema as Schema, ...parts.flatMap(partsOf)];
  }

  it('has no descriptions, and the same messages', async () => {
    const packaged = await importSource<{
      recipeSchema: typeof recipeSchema;
      fieldMessages: typeof fieldMessages;
    }>(module, ROOT, options);
    const found = [
      '',
      ' a',
      'aws:a',
      'ä',
      'ami-0123456789abcdef0',
      'i-1',
      '3 days',
      12,
      true,
      null,
      ['a'],
      undefined,
    ];
    const messageOf = (schema: z.core.$ZodType, registry: typeof fieldMessages) => {
      const { fix, wrong, ...rest } = registry.get(schema) ?? {};
      const evaluated = (part: typeof fix | typeof wrong) =>
        typeof part === 'function' ? found.map(part) : part;
      return { ...rest, fix: evaluated(fix), wrong: evaluated(wrong) };
    };
    const [usual, slim] = [partsOf(recipeSchema), partsOf(packaged.recipeSchema)];
    expect(slim.map((part) => messageOf(part, packaged.fieldMessages))).toEqual(
      usual.map((part) => messageOf(part, fieldMessages)),
    );

    const described = usual.flatMap((part) => z.globalRegistry.get(part)?.description ?? []);
    expect(described.length).toBeGreaterThan(60);
    const { code } = bundleOf('plan');
    const text = new TextDecoder().decode(code);
    expect(described.filter((description) => text.includes(description))).toEqual([]);
  });
});
