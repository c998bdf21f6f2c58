import type { DisableKeyRotationCommandInput, DisableKeyRotationCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState } from './refusals.ts';

export const disableKeyRotation: Operation<DisableKeyRotationCommandInput, DisableKeyRotationCommandOutput> =
  {
    kind: 'write',
    accepts: ['KeyId'],
    run(input, call) {
      const key = permittedKey(call, input.KeyId, { action: 'DisableKeyRotation' });
      checkState(key, 'enabled');
      const { rotation: _rotation, ...rest } = key;
      putKey(call.world, rest, call.now);
      return {};
    },
  };
