import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly if?: string;
  readonly permissions?: object;
  readonly environment?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
}
interface Workflow {
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = readdirSync(FOLDER).map((file): [string, Workflow] => [
  file,
  parse(readFileSync(join(FOLDER, file), 'utf8')),
]);
const { 'ci.yml': ci, 'deploy.yml': deploy } = Object.fromEntries(workflows);
const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts);

describe.each(workflows)('%s', (_, { permissions, jobs }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  it('uses actions with a major version, and existing workflows', () => {
    for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    for (const { uses } of Object.values(jobs)) if (uses) expect(existsSync(join(ROOT, uses))).toBe(true);
  });

  it('runs existing scripts', () => {
    const run = steps.flatMap((step) => step.run ?? []);
    for (const [, script = ''] of run.join('\n').matchAll(/npm run ([\w:-]+)/g)) {
      expect(scripts).toContain(script);
    }
    for (const command of run.filter((one) => one.startsWith('.'))) {
      expect(existsSync(join(ROOT, command))).toBe(true);
    }
  });

  it('has only read permission by default', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });
});

describe('the workflows', () => {
  const commands = (job: Job | undefined) => (job?.steps ?? []).map(({ run, uses = '' }) => run ?? uses);

  it('run .ci/run, which runs the tests, the linter and the type check', () => {
    expect(commands(ci?.jobs.check)).toContain('.ci/run');
    const commandsOfCi = readFileSync(join(ROOT, '.ci/run'), 'utf8').split('\n');
    expect(commandsOfCi).toEqual(expect.arrayContaining(['npm cit', 'npm run lint', 'npm run typecheck']));
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toMatch(/^npm cit /m);
  });

  it('deploy only after the checks have passed, and have credentials only then', () => {
    expect(deploy?.jobs.check?.uses).toBe('./.github/workflows/ci.yml');
    expect(ci?.on).toHaveProperty('workflow_call');
    expect(deploy?.jobs.deploy).toMatchObject({
      needs: 'check',
      if: "vars.AWS_DEPLOY_ROLE != '' && github.ref == 'refs/heads/main'",
      permissions: { contents: 'read', 'id-token': 'write' },
    });
    expect(commands(deploy?.jobs.deploy).slice(1)).toEqual([
      'npm ci',
      'npm run package -- --stage "$STAGE" --region "$REGION"',
      expect.stringMatching(/^aws-actions\/configure-aws-credentials@/),
      'npm run deploy -- --stage "$STAGE" --region "$REGION"',
    ]);
  });

  it('deploy with the role in the operations guide', () => {
    const guide = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const template = parse(/^```yaml\n(Parameters:[\s\S]*?)^```$/m.exec(guide)?.[1] ?? '');
    const [{ Condition }] = template.Resources.Deployer.Properties.AssumeRolePolicyDocument.Statement;
    expect(Condition.StringEquals).toEqual({
      'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
      'token.actions.githubusercontent.com:sub': {
        'Fn::Sub': `repo:\${Repository}:environment:${deploy?.jobs.deploy?.environment}`,
      },
    });
  });

  it('contain no access keys, and use OIDC with a role from a variable', () => {
    const credentials = deploy?.jobs.deploy?.steps?.find(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(credentials?.with).toEqual({
      'role-to-assume': `\${{ vars.AWS_DEPLOY_ROLE }}`,
      'aws-region': `\${{ vars.AWS_REGION }}`,
    });
    for (const file of readdirSync(FOLDER)) {
      expect(readFileSync(join(FOLDER, file), 'utf8')).not.toMatch(/secrets\.|AKIA|access-key/);
    }
  });
});
