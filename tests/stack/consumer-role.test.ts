import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { HOME } from '../../local/pipeline.ts';
import { permissionStatements, trustStatement } from '../../shared/build/consumer-roles.ts';
import { evaluate, type Names, resolve } from '../artefact/intrinsics.ts';
import { itPassesCfnLint } from './cfn-lint.ts';

const FILE = join(import.meta.dirname, '../../stack/consumer-role.yml');
const template = parse(readFileSync(FILE, 'utf8'));
const CONSUMER = '111122223333';

/** The names of the template in the account of a consumer. */
function namesOf(parameters: Readonly<Record<string, string>> = {}): Names {
  const defaults = Object.entries<{ Default?: string }>(template.Parameters).map(([id, { Default }]) => [
    id,
    Default,
  ]);
  const values: Record<string, string> = {
    ...Object.fromEntries(defaults),
    'AWS::AccountId': CONSUMER,
    PipelineAccount: HOME.account,
    ...parameters,
  };
  const names: Names = {
    ref: (id) => values[id],
    attribute: (id, name) => `arn of ${id}.${name}`,
    holds: (condition) => evaluate(template.Conditions[condition], names),
    zones: () => [],
  };
  return names;
}

it('creates the role with the policies that Plan asks for', () => {
  const role = `arn:aws:iam::${CONSUMER}:role/golden-image-pointers`;
  expect(resolve(template.Resources.Role.Properties, namesOf({ Recipe: 'al2023' }))).toMatchObject({
    RoleName: 'golden-image-pointers',
    AssumeRolePolicyDocument: { Statement: [trustStatement(HOME.account)] },
    Policies: [{ PolicyDocument: { Statement: permissionStatements(role, 'al2023') } }],
  });
});

it('allows the parameters of all recipes by default, and has no permissions boundary', () => {
  const properties = resolve(template.Resources.Role.Properties, namesOf()) as Record<string, unknown>;
  expect(JSON.stringify(properties)).toContain(`arn:aws:ssm:*:${CONSUMER}:parameter/golden-images/*/*`);
  expect(properties).not.toHaveProperty('PermissionsBoundary');
  const PermissionsBoundary = `arn:aws:iam::${CONSUMER}:policy/boundary`;
  expect(resolve(template.Resources.Role.Properties, namesOf({ PermissionsBoundary }))).toMatchObject({
    PermissionsBoundary,
  });
});

it.each([
  ['PipelineAccount', ['314159265358'], ['31415926535', '']],
  ['Recipe', ['*', 'al2023', 'web-base'], ['al2023/*', 'Web', '']],
  ['RoleName', ['golden-image-pointers'], ['a role', '']],
  ['PermissionsBoundary', ['', 'arn:aws:iam::111122223333:policy/b'], ['b']],
])('accepts only sensible values for %s', (id, good, bad) => {
  const pattern = new RegExp(`^(?:${template.Parameters[id].AllowedPattern})$`);
  for (const value of good) expect(value).toMatch(pattern);
  for (const value of bad) expect(value).not.toMatch(pattern);
});

itPassesCfnLint(FILE);
