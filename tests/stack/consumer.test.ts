import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-kms';
import { answerFrom, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { HOME } from '../../local/pipeline.ts';
import { SCALING_OPERATIONS } from '../../shared/build/key-statements.ts';
import { evaluate, type Names, resolve } from '../artefact/intrinsics.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';
import { deployStackKey } from '../simulated-keys.ts';
import { itPassesCfnLint } from './cfn-lint.ts';

const FILE = join(import.meta.dirname, '../../stack/consumer.yml');
const source = readFileSync(FILE, 'utf8');
const template = parse(source);
const CONSUMER = '111122223333';
const REGION = 'eu-west-1';

/** The names of the template in an account, with the default parameters. */
const namesIn = (account: string): Names => {
  const values: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': REGION,
    PipelineAccount: HOME.account,
    KeyAlias: 'alias/golden-images',
    AutoScalingRole: 'AWSServiceRoleForAutoScaling',
    PermissionsBoundary: '',
  };
  const names: Names = {
    ref: (id) => values[id],
    attribute: (id, name) => `arn of ${id}.${name}`,
    holds: (condition) => evaluate(template.Conditions[condition], names),
    zones: () => [],
  };
  return names;
};

/** The function of the template, in the account of a consumer. `recipe`: the recipe when the key was deployed. */
async function consumer(share: object) {
  const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
  const { world, run } = simulation;
  const { recipe } = recipeFile({ ...plainRecipe, encryption: { keys: 'stack' }, share });
  const key = await deployStackKey(simulation, REGION, [recipe]);
  const answers: Record<string, string>[] = [];
  class KMSClient extends sdk.KMSClient {
    constructor() {
      super({ region: REGION, maxAttempts: 1 });
      answerFrom(world, services, this, CONSUMER);
    }
  }
  const put = async (_: string, { body }: { body: string }) => answers.push(JSON.parse(body));
  const exported: { handler?: (event: object) => Promise<void> } = {};
  const code = template.Resources.GrantFunction.Properties.Code.ZipFile;
  new Function('require', 'exports', 'fetch', code)(() => ({ ...sdk, KMSClient }), exported, put);
  const { ServiceToken: _, ...ResourceProperties } = resolve(
    template.Resources.Grant.Properties,
    namesIn(CONSUMER),
  ) as Record<string, string>;
  /** What the function answers CloudFormation. */
  const send = async (RequestType: string, PhysicalResourceId?: string) => {
    const ids = {
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Grant',
      ResponseURL: 'https://s3',
    };
    const known = PhysicalResourceId === undefined ? {} : { PhysicalResourceId };
    await run(exported.handler?.({ RequestType, ...ids, ...known, ResourceProperties }) as Promise<void>);
    return answers.at(-1) ?? {};
  };
  return { world, key, send };
}

describe('the grant for Auto Scaling in the account of a consumer', () => {
  it('is for its service-linked role, is created once, and is retired with the stack', async () => {
    const { world, key, send } = await consumer({ accounts: [CONSUMER] });
    const created = await send('Create');
    expect(created).toMatchObject({
      Status: 'SUCCESS',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Grant',
      PhysicalResourceId: expect.stringContaining(`${key}|`),
    });
    expect(await send('Update', created.PhysicalResourceId)).toEqual(created);
    expect(world.keyGrants.all()).toMatchObject([
      {
        granteePrincipal: `arn:aws:iam::${CONSUMER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        issuingAccount: CONSUMER,
        operations: SCALING_OPERATIONS,
      },
    ]);
    for (let turn = 0; turn < 2; turn++) {
      expect(await send('Delete', created.PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS' });
      expect(world.keyGrants.all()).toEqual([]);
    }
  });

  it('fails with the reason if the key does not allow it, and the stack can then be removed', async () => {
    const { world, send } = await consumer({ accounts: ['444455556666'] });
    const failed = await send('Create');
    expect(failed).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^AccessDeniedException: .*kms:DescribeKey/),
    });
    expect(await send('Delete', failed.PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS' });
    expect(world.keyGrants.all()).toEqual([]);
  });
});

describe('the template for the accounts of consumers', () => {
  it('creates no grant in the account of the pipeline, whose key policy allows the role', () => {
    const createdIn = (account: string) =>
      Object.entries<{ Condition?: string }>(template.Resources).flatMap(([id, { Condition }]) =>
        Condition === undefined || namesIn(account).holds(Condition) ? [id] : [],
      );
    expect(createdIn(HOME.account)).toEqual(['Nothing']);
    expect(createdIn(CONSUMER)).toEqual(['Grant', 'GrantFunction', 'GrantRole', 'Nothing']);
  });

  it('lets the function grant the keys of the pipeline in this region to Auto Scaling, and nothing else', () => {
    const [{ PolicyDocument }] = template.Resources.GrantRole.Properties.Policies;
    const keys = `arn:aws:kms:${REGION}:${HOME.account}:key/*`;
    const role = `arn:aws:iam::${CONSUMER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    expect(resolve(PolicyDocument.Statement, namesIn(CONSUMER))).toEqual([
      { Effect: 'Allow', Action: ['kms:DescribeKey', 'kms:RetireGrant'], Resource: keys },
      {
        Effect: 'Allow',
        Action: 'kms:CreateGrant',
        Resource: keys,
        Condition: { StringEquals: { 'kms:GranteePrincipal': role } },
      },
    ]);
  });

  it.each([
    ['PipelineAccount', ['314159265358'], ['31415926535', 'arn:aws:iam::314159265358:root', '']],
    ['KeyAlias', ['alias/golden-images', 'alias/a/b'], ['golden-images', 'alias/aws/ebs', '']],
    [
      'AutoScalingRole',
      ['AWSServiceRoleForAutoScaling', 'AWSServiceRoleForAutoScaling_web'],
      ['AWSServiceRoleForEC2Spot', 'AWSServiceRoleForAutoScalingweb', '*'],
    ],
  ])('accepts for %s the values %j and not %j', (name, right, wrong) => {
    // CloudFormation matches the whole value.
    const pattern = new RegExp(`^(${template.Parameters[name].AllowedPattern})$`);
    expect([...right, ...wrong].filter((value) => pattern.test(value))).toEqual(right);
  });

  it('is plain CloudFormation, and short enough for a call', () => {
    expect(source).not.toMatch(/\$\{(param|self|file|opt|sls|env|custom)\b/);
    // CloudFormation user guide, "Template formats": no aliases, no merges.
    expect(source).not.toMatch(/[:-] [&*][a-z]/);
    // CloudFormation accepts a template of this size in a call (CloudFormation user guide, "Quotas").
    expect(source.length).toBeLessThan(51_200);
  });

  itPassesCfnLint(FILE);
});
