import type { ImportKeyPairCommandInput, ImportKeyPairCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkKeyPairName, putKeyPair, readPublicKey } from './key-pairs.ts';
import { checkDryRun } from './refusals.ts';
import { tagList, tagSpecifications } from './tagging.ts';

export const importKeyPair: Operation<ImportKeyPairCommandInput, ImportKeyPairCommandOutput> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'KeyName',
    'PublicKeyMaterial',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    if (input.PublicKeyMaterial === undefined) throw missingParameter('PublicKeyMaterial');
    const tags = tagSpecifications(input.TagSpecifications, ['key-pair'])['key-pair'];
    const name = checkKeyPairName(input.KeyName, call);
    const key = readPublicKey(Buffer.from(input.PublicKeyMaterial).toString());
    checkDryRun(input);
    const pair = putKeyPair(name, key, tags, call);
    return {
      KeyPairId: pair.id,
      KeyName: name,
      KeyFingerprint: pair.fingerprint,
      Tags: tagList(tags),
    };
  },
};
