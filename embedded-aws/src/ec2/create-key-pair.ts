import type { CreateKeyPairCommandInput, CreateKeyPairCommandOutput } from '@aws-sdk/client-ec2';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkKeyPairName, makeKey, putKeyPair } from './key-pairs.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { tagList, tagSpecifications } from './tagging.ts';

/** The private key is returned once and not stored. */
export const createKeyPair: Operation<CreateKeyPairCommandInput, CreateKeyPairCommandOutput> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'KeyFormat',
    'KeyName',
    'KeyType',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const keyType = checkOneOf('KeyType', input.KeyType, ['rsa', 'ed25519']) ?? 'rsa';
    const format = checkOneOf('KeyFormat', input.KeyFormat, ['pem', 'ppk']) ?? 'pem';
    if (format === 'ppk') throw notEmulated('ec2:CreateKeyPair with the KeyFormat ppk');
    const tags = tagSpecifications(input.TagSpecifications, ['key-pair'])['key-pair'];
    const name = checkKeyPairName(input.KeyName, call);
    checkDryRun(input);
    const key = makeKey(keyType);
    const pair = putKeyPair(name, key, tags, call);
    return {
      KeyPairId: pair.id,
      KeyName: name,
      KeyFingerprint: pair.fingerprint,
      KeyMaterial: key.privateKey,
      Tags: tagList(tags),
    };
  },
};
