import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { openRecipes } from '../shared/recipe/open-recipe.ts';
import { describeProblem, type Problem } from '../shared/recipe/problem.ts';
import { checkDeployment, type DeploymentSettings, regionOfStage } from './deployment-check.ts';

const HELP = `npm run package -- [--stage dev] [--region us-east-1, or that of the stage] [--param name=value ...]
npm run deploy  -- the same

Checks recipes and settings, then packages the pipeline into .serverless/, which needs no account and no network; deploy puts it into
the account of your AWS credentials. The parameters are in serverless.yml; docs/operations.md says more.
`;

const ROOT = join(import.meta.dirname, '..');

/** Packages or deploys; gives the exit code: 2 if something was wrong with what was asked and nothing was done. */
export function packageCommand(args: readonly string[]): number {
  const read = readArguments(args);
  if ('help' in read) {
    process.stdout.write(HELP);
    return 0;
  }
  const problems = 'problems' in read ? read.problems : check(read);
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'One thing is' : `${problems.length} things are`;
    process.stderr.write(
      `${problems.map(describeProblem).join('\n')}\n${count} wrong, and nothing was packaged.\n`,
    );
    return 2;
  }
  if ('problems' in read) return 2;
  const { command, stage, region, given, folder } = read;
  // What the packaging leaves in the temporary folder goes with it.
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
  return status ?? 1;
}

interface Arguments {
  readonly command: 'package' | 'deploy';
  readonly stage: string;
  readonly region: string;
  readonly given: readonly string[];
  /** Where the package goes instead of .serverless/. */
  readonly folder: string | undefined;
}

function readArguments(args: readonly string[]): Arguments | { help: true } | { problems: Problem[] } {
  // `npm run package --stage prod`: npm keeps what comes before a `--` for itself, and hands it on in the environment only.
  const taken = ['stage', 'region', 'param'].filter(
    (name) => process.env[`npm_config_${name}`] !== undefined,
  );
  if (taken.length > 0 && /^(package|deploy)$/.test(process.env.npm_lifecycle_event ?? '')) {
    const field = taken.map((name) => `--${name}`).join(' and ');
    const fix = `write npm run ${process.env.npm_lifecycle_event} -- and then all of them`;
    return refused(field, 'taken by npm for an option of its own', 'options after --', fix);
  }
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        deploy: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        stage: { type: 'string', default: 'dev' },
        region: { type: 'string' },
        param: { type: 'string', multiple: true, default: [] },
        package: { type: 'string' },
      },
    });
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
    const said = error instanceof Error ? error.message : String(error);
    return refused('', said, '--stage, --region, --param name=value', 'see npm run package -- --help');
  }
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
    ...('problems' in recipes ? recipes.problems : []),
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
