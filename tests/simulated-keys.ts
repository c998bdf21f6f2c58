import { CreateAliasCommand, CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { HOME } from '../local/pipeline.ts';
import type { Simulation } from './simulated-build.ts';

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
