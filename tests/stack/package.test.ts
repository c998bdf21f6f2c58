import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyProject } from '../example-project.ts';

const project = copyProject();
afterAll(project.remove);

/** Runs `npm run package` with these arguments, as npm does. */
function packageWith(args: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/package.ts', ...args], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { ...process.env, npm_lifecycle_event: 'package', ...environment },
  });
  return { status, stdout, stderr };
}

describe('npm run package', () => {
  it('prints its help', () => {
    expect(packageWith(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--param') });
  });

  it.each<[string, string[], Record<string, string>, string]>([
    [
      'a misspelled option',
      ['--stge', 'dev'],
      {},
      'the command line --stge\n  found    an unknown option\n  allowed  --stage, --region, --param name=value\n  fix      did you mean --stage?\n1 problem found',
    ],
    ['an unknown option', ['--zzzzz'], {}, 'fix      see npm run package -- --help'],
    [
      'a wrong stage before the accounts',
      ['--stage', 'DEV!'],
      {},
      'fix      use a name such as prod\n1 problem found',
    ],
    ['an option without its value', ['--stage'], {}, '--stage'],
    ['an extra argument', ['prod'], {}, "Unexpected argument 'prod'"],
    [
      'an option that npm read',
      ['prod'],
      { npm_config_stage: 'prod' },
      'write the options after npm run package --',
    ],
    ['a region of another partition', ['--region', 'cn-north-1'], {}, 'choose a region of the aws partition'],
    ['an unknown region', ['--region', 'eu-centrl-1'], {}, 'did you mean eu-central-1?'],
    [
      'a region that is not the region of the stage',
      ['--region', 'eu-west-1', '--param', 'region=eu-central-1'],
      {},
      '"eu-west-1", but --param region in the command line is "eu-central-1"',
    ],
    ['the example accounts in production', ['--stage', 'prod'], {}, 'recipes/al2023.yml share.accounts[0]'],
    ['the example accounts in a deployment', ['--deploy'], {}, 'recipes/al2023.yml share.accounts[0]'],
  ])('refuses %s, and packages nothing', (_, args, environment, said) => {
    const { status, stdout, stderr } = packageWith(args, environment);
    expect(stderr).toContain(said);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('refuses recipes that follow the same launch template, or too many of them', () => {
    const path = join(project.folder, 'recipes', 'more.yml');
    const text = readFileSync(join(project.folder, 'recipes', 'al2023.yml'), 'utf8').replace(
      /^publish:.*\n( .*\n)*/m,
      '',
    );
    const templates = (recipe: number) =>
      Array.from(
        { length: 20 },
        (_, index) => `{ region: us-east-1, id: lt-${recipe}${String(index).padStart(16, '0')} }`,
      );
    const files = [1, 2, 3, 4, 5, 6].map((recipe) => path.replace('more', `more${recipe}`));
    for (const [index, file] of files.entries()) {
      const entries = templates(index === 5 ? 0 : index).join(', ');
      writeFileSync(
        file,
        `${text.replace(/^name: .*$/m, `name: more${index + 1}`)}publish: { launchTemplates: [${entries}] }\n`,
      );
    }
    const { status, stdout, stderr } = packageWith([]);
    for (const file of files) rmSync(file);
    expect(stderr).toMatch(/^recipes\/more6\.yml:\d+:\d+ publish\.launchTemplates\[0\]\.id$/m);
    expect(stderr).toContain('which the recipe more1 also names (recipes/more1.yml:');
    expect(stderr).toContain('for which a policy would have');
    expect(stderr).toContain('21 problems found. Nothing was packaged.');
    expect([status, stdout]).toEqual([2, '']);
  });

  it('refuses recipes that stand on each other in a cycle, and names the files', () => {
    const recipes = join(project.folder, 'recipes');
    const text = readFileSync(join(recipes, 'al2023.yml'), 'utf8');
    const files = { one: 'two', two: 'three', three: 'one' };
    for (const [name, base] of Object.entries(files)) {
      const chained = text
        .replace(/^name: .*$/m, `name: ${name}`)
        .replace(/ssmParameter: \S+/, `ssmParameter: /golden-images/${base}/stable`);
      writeFileSync(join(recipes, `${name}.yml`), chained);
    }
    const { status, stdout, stderr } = packageWith([]);
    for (const name of Object.keys(files)) rmSync(join(recipes, `${name}.yml`));
    expect(stderr).toMatch(
      /one stands on two \(recipes\/one\.yml:\d+:\d+ base\.ssmParameter\), two stands on three .*, three stands on one /,
    );
    expect(stderr).toContain('1 problem found. Nothing was packaged.');
    expect([status, stdout]).toEqual([2, '']);
  });
});
