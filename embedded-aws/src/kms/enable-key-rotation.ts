import type { EnableKeyRotationCommandInput, EnableKeyRotationCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState } from './refusals.ts';

const periodDaysDefault = 365;

export const enableKeyRotation: Operation<EnableKeyRotationCommandInput, EnableKeyRotationCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId', 'RotationPeriodInDays'],
  run(input, call) {
    checkValue(input.RotationPeriodInDays, 'rotationPeriodInDays', { range: [90, 2560] });
    const key = permittedKey(call, input.KeyId, { action: 'EnableKeyRotation' });
    checkState(key, 'enabled');
    const periodDays = input.RotationPeriodInDays ?? key.rotation?.periodDays ?? periodDaysDefault;
    // Enabling rotation again with the same period changes nothing.
    const since = key.rotation?.periodDays === periodDays ? key.rotation.since : call.now;
    putKey(call.world, { ...key, rotation: { periodDays, since } }, call.now);
    return {};
  },
};
