import { CreateAliasCommand, CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { perform } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import { keyTemplateOf } from '../scripts/stack-key.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { keyCreators } from './artefact/key-creators.ts';
import { deployTemplate } from './artefact/stack.ts';
import type { Simulation } from './simulated-build.ts';
import type { Template } from './stack/packaged.ts';

type Place = Pick<Simulation, 'pipeline' | 'run' | 'world'>;

/** Allows the account of the pipeline everything. IAM decides which of its roles may use the key. */
export const leftToIam = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${HOME.account}:root` },
  Action: 'kms:*',
  Resource: '*',
};

/** Allows other accounts to use a key as AWS describes for shared images. */
export const forConsumers = (...accounts: string[]) => ({
  Effect: 'Allow',
  Principal: { AWS: accounts },
  Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
  Resource: '*',
});

const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** Creates a key of the pipeline's account, and returns its ARN. */
export async function createKey(
  { pipeline, run }: Place,
  region: string,
  { statements = [leftToIam], alias }: { statements?: object[]; alias?: string } = {},
): Promise<string> {
  const kms = pipeline.deps.kms(region);
  const { KeyMetadata } = await run(kms.send(new CreateKeyCommand({ Policy: policyOf(...statements) })));
  const arn = KeyMetadata?.Arn ?? '';
  if (alias !== undefined) {
    await run(kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: arn })));
  }
  return arn;
}

/** Creates the key of the stack in a region, as the packaged template does. */
export async function deployStackKey(
  { pipeline, world }: Place,
  region: string,
  recipes: readonly Recipe[],
): Promise<string> {
  const place = { account: HOME.account, region };
  const creators = keyCreators((service, operation, input) =>
    perform(pipeline.services, world, { service, operation, input, ...place }),
  );
  const template = {
    Outputs: { Key: { Value: { 'Fn::GetAtt': 'ImageKey.Arn' } } },
    ...keyTemplateOf(recipes),
  };
  const { Key } = await deployTemplate(template as unknown as Template, creators, place);
  return String(Key);
}

/** The policy statements in a message. */
export function statementsIn(message: string): object[] {
  const found = message.matchAll(/\{"Effect":.*?"Resource":"\*"(,"Condition":\{.*?\}\})?\}/g);
  return [...found].map(([statement]) => JSON.parse(statement));
}

/** Adds statements to the policy of a key. */
export async function addStatements(
  { pipeline, run, world }: Place,
  arn: string,
  statements: readonly object[],
): Promise<void> {
  const key = world.keys.get(arn.split('/').at(-1) ?? '');
  if (key === undefined) throw new Error(`there is no key ${arn}`);
  const policy = JSON.parse(key.policy) as { Statement: object[] };
  const Policy = policyOf(...policy.Statement, ...statements);
  await run(pipeline.deps.kms(key.region).send(new PutKeyPolicyCommand({ KeyId: arn, Policy })));
}
