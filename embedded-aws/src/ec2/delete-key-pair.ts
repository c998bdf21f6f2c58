import type { DeleteKeyPairCommandInput, DeleteKeyPairCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';

/** Deleting a key pair that does not exist succeeds. */
export const deleteKeyPair: Operation<DeleteKeyPairCommandInput, DeleteKeyPairCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'KeyName', 'KeyPairId'],
  run(input, { world, account, region, now }) {
    const { KeyName, KeyPairId } = input;
    if (KeyName === undefined && KeyPairId === undefined) throw missingParameter('KeyName or KeyPairId');
    if (KeyName !== undefined && KeyPairId !== undefined) {
      throw parameterCombination('The parameters KeyName and KeyPairId cannot be used together.');
    }
    checkDryRun(input);
    const pair = world.keyPairs
      .all()
      .find(
        ({ id, name, ...each }) =>
          each.account === account && each.region === region && (id === KeyPairId || name === KeyName),
      );
    if (pair === undefined) return { Return: true };
    world.keyPairs.remove(pair.id, now, lagMs(world, pair.id));
    return { Return: true, KeyPairId: pair.id };
  },
};
