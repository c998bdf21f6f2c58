import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { nearest } from '../shared/recipe/nearest.ts';
import { openRecipes } from '../shared/recipe/open-recipe.ts';
import { describeProblem, type Problem } from '../shared/recipe/problem.ts';
import { deployKey, KEY_TEMPLATE } from '../shared/recipe/stack-key.ts';
import { checkDeployment, type DeploymentSettings, regionOfStage } from './deployment-check.ts';
import { checkChains } from './recipe-chains.ts';
import { checkPolicies } from './recipe-policies.ts';
import { readRecipes } from './recipe-resources.ts';
import { checkTargets } from './recipe-targets.ts';
import { keyNotice, keyTemplateOf, otherKeyRegions } from './stack-key.ts';

const HELP = `Usage: npm run package -- [--stage dev] [--region us-east-1] [--param name=value ...]
       npm run deploy -- [--stage dev] [--region us-east-1] [--param name=value ...]

npm run package checks the recipes and settings, then packages the pipeline into .serverless/. It needs no AWS account and no network.
npm run deploy also deploys the pipeline to the account of your AWS credentials.
The default of --region is the region of the stage in serverless.yml, or us-east-1. serverless.yml lists the parameters. For details, see
docs/operations.md.
`;

const ROOT = join(import.meta.dirname, '..');

/** Packages or deploys. Returns the exit code. 2 means that the input has problems and nothing was done. */
export function packageCommand(args: readonly string[]): number {
  const read = readArguments(args);
  if ('help' in read) {
    process.stdout.write(HELP);
    return 0;
  }
  const problems = 'problems' in read ? read.problems : check(read);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    process.stderr.write(
      `${problems.map(describeProblem).join('\n')}\n${count} found. Nothing was packaged.\n`,
    );
    return 2;
  }
  if ('problems' in read) return 2;
  const { command, stage, region, given, folder } = read;
  // Serverless leaves files in the temporary folder. They are removed with this folder.
  const scratch = mkdtempSync(join(tmpdir(), 'golden-package-'));
  const { status } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/serverless/bin/serverless.js'),
      command,
      ...['--stage', stage, '--region', region],
      ...given.flatMap((parameter) => ['--param', parameter]),
      ...(folder === undefined ? [] : ['--package', folder]),
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TMPDIR: scratch } },
  );
  rmSync(scratch, { recursive: true, force: true });
  if (status !== 0) return status ?? 1;
  if (command === 'package') process.stdout.write(`${describePackage(folder)}\n`);
  process.stdout.write(writeKeyTemplate(region, folder));
  return 0;
}

/** Writes the template of the key for the other regions of the recipes, if a recipe uses it. Returns what to do with the template. */
function writeKeyTemplate(home: string, folder = '.serverless'): string {
  const recipes = readRecipes();
  const regions = otherKeyRegions(recipes, home);
  const path = join(resolve(ROOT, folder), KEY_TEMPLATE);
  // Serverless does not remove the file of an earlier run.
  rmSync(path, { force: true });
  if (regions.length === 0) return '';
  writeFileSync(path, `${JSON.stringify(keyTemplateOf(recipes), null, 2)}\n`);
  const shown = relative(process.cwd(), resolve(ROOT, folder)) || '.';
  const commands = regions.map((region) => `  ${deployKey(region, { folder: shown })}\n`);
  return `${keyNotice(regions)}\n${commands.join('')}`;
}

/** Where the package is. */
function describePackage(folder = '.serverless'): string {
  const path = resolve(ROOT, folder);
  const archives = readdirSync(path).filter((name) => name.endsWith('.zip')).length;
  const template = join(relative(process.cwd(), path) || '.', 'cloudformation-template-update-stack.json');
  return `Wrote ${template} and ${archives} archives with the code of the functions beside it. Nothing was deployed.`;
}

interface Arguments {
  readonly command: 'package' | 'deploy';
  readonly stage: string;
  readonly region: string;
  readonly given: readonly string[];
  /** The folder for the package. Default: .serverless/. */
  readonly folder: string | undefined;
}

function readArguments(args: readonly string[]): Arguments | { help: true } | { problems: Problem[] } {
  // In `npm run package --stage prod`, npm reads the options before `--` and sets them only as environment variables.
  const taken = ['stage', 'region', 'param'].filter(
    (name) => process.env[`npm_config_${name}`] !== undefined,
  );
  if (taken.length > 0 && /^(package|deploy)$/.test(process.env.npm_lifecycle_event ?? '')) {
    const field = taken.map((name) => `--${name}`).join(' and ');
    const fix = `write the options after npm run ${process.env.npm_lifecycle_event} --`;
    return refused(field, 'an option before --, which npm reads as its own option', 'options after --', fix);
  }
  const unknown = unknownOptions(args);
  if (unknown.length > 0) return { problems: unknown };
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return { help: true };
    const { stage, param: given } = values;
    return {
      command: values.deploy ? 'deploy' : 'package',
      stage,
      region: values.region ?? regionOfStage({ stage, given, params: readParams() }) ?? 'us-east-1',
      given,
      folder: values.package,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refused('', message, ALLOWED, 'see npm run package -- --help');
  }
}

const OPTIONS = {
  deploy: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  stage: { type: 'string', default: 'dev' },
  region: { type: 'string' },
  param: { type: 'string', multiple: true, default: [] as string[] },
  package: { type: 'string' },
} as const;

const ALLOWED = '--stage, --region, --param name=value';

/** The options that do not exist, each once. */
function unknownOptions(args: readonly string[]): Problem[] {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const unknown = tokens.flatMap((token) =>
    token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name) ? [token] : [],
  );
  const byName = new Map(unknown.map(({ name, rawName }) => [name, rawName]));
  return [...byName].flatMap(([name, rawName]) => {
    const near = nearest(name, ['stage', 'region', 'param', 'help']);
    const fix = near === undefined ? 'see npm run package -- --help' : `did you mean --${near}?`;
    return refused(rawName, 'an unknown option', ALLOWED, fix).problems;
  });
}

function refused(field: string, found: string, allowed: string, fix: string): { problems: Problem[] } {
  return { problems: [{ file: 'the command line', line: 0, column: 0, field, found, allowed, fix }] };
}

const readParams = (): DeploymentSettings['params'] =>
  parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8')).params;

function check({ command, stage, region, given }: Arguments): Problem[] {
  const recipes = openRecipes(ROOT, new Date());
  const params = readParams();
  return [
    // Recipes with problems are missing from the list, so the others may seem to name recipes that do not exist.
    ...('problems' in recipes
      ? recipes.problems
      : [...checkChains(recipes, region), ...checkTargets(recipes), ...checkPolicies(recipes)]),
    ...checkDeployment({
      stage,
      region,
      given,
      params,
      recipes: 'problems' in recipes ? [] : recipes,
      deploys: command === 'deploy',
    }),
  ];
}

if (import.meta.main) process.exitCode = packageCommand(process.argv.slice(2));
