import type { DescribeKeyPairsCommandInput, DescribeKeyPairsCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import type { KeyPairRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagList } from './tagging.ts';
import { wholeSeconds } from './times.ts';

export const describeKeyPairs: Operation<DescribeKeyPairsCommandInput, DescribeKeyPairsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'IncludePublicKey', 'KeyNames', 'KeyPairIds'],
  run(input, { world, account, region, now }) {
    const { KeyNames = [], KeyPairIds = [] } = input;
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const own = world.keyPairs
      .allSeen(now)
      .filter((pair) => pair.account === account && pair.region === region);
    for (const name of KeyNames) {
      if (!own.some((pair) => pair.name === name)) {
        throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
      }
    }
    for (const id of KeyPairIds) {
      if (!own.some((pair) => pair.id === id)) {
        throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`);
      }
    }
    const isNamed = ({ id, name }: KeyPairRecord) =>
      (KeyNames.length === 0 && KeyPairIds.length === 0) ||
      KeyNames.includes(name) ||
      KeyPairIds.includes(id);
    return {
      KeyPairs: own
        .filter(isNamed)
        .filter(matches)
        .map((pair) => ({
          KeyPairId: pair.id,
          KeyName: pair.name,
          KeyType: pair.keyType,
          KeyFingerprint: pair.fingerprint,
          PublicKey: input.IncludePublicKey ? `${pair.publicKey} ${pair.name}` : undefined,
          CreateTime: wholeSeconds(pair.createTime),
          Tags: tagList(pair.tags),
        })),
    };
  },
};

const filters: FilterNames<KeyPairRecord> = {
  fingerprint: ({ fingerprint }) => fingerprint,
  'key-name': ({ name }) => name,
  'key-pair-id': ({ id }) => id,
};
