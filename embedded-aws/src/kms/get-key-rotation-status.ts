import type {
  GetKeyRotationStatusCommandInput,
  GetKeyRotationStatusCommandOutput,
} from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { daysMs, permittedKey } from './keys.ts';

/**
 * A disabled key keeps its rotation setting. For a key that is pending deletion, KMS returns `false` (KMS API
 * reference).
 */
export const getKeyRotationStatus: Operation<
  GetKeyRotationStatusCommandInput,
  GetKeyRotationStatusCommandOutput
> = {
  kind: 'read',
  accepts: ['KeyId'],
  run(input, call) {
    const key = permittedKey(call, input.KeyId, { action: 'GetKeyRotationStatus', otherAccounts: true });
    const { rotation } = key;
    if (rotation === undefined || key.state === 'PendingDeletion') {
      return { KeyId: key.arn, KeyRotationEnabled: false };
    }
    const periodMs = daysMs(rotation.periodDays);
    const periods = Math.floor((call.now - rotation.since) / periodMs) + 1;
    return {
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: new Date(rotation.since + periods * periodMs),
    };
  },
};
