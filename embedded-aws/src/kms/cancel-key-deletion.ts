import type { CancelKeyDeletionCommandInput, CancelKeyDeletionCommandOutput } from '@aws-sdk/client-kms';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { permittedKey, putKey } from './keys.ts';

/** The key is disabled afterwards (KMS API reference, CancelKeyDeletion). */
export const cancelKeyDeletion: Operation<CancelKeyDeletionCommandInput, CancelKeyDeletionCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId'],
  run(input, call) {
    const key = permittedKey(call, input.KeyId, { action: 'CancelKeyDeletion' });
    if (key.state !== 'PendingDeletion') {
      throw new AwsError('KMSInvalidStateException', `${key.arn} is not pending deletion.`);
    }
    const { deletionTime: _deletionTime, ...rest } = key;
    putKey(call.world, { ...rest, state: 'Disabled' }, call.now);
    return { KeyId: key.arn };
  },
};
