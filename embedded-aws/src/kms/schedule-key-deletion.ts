import type { ScheduleKeyDeletionCommandInput, ScheduleKeyDeletionCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { schedule } from '../core/world.ts';
import { daysMs, permittedKey, putKey } from './keys.ts';
import { checkState } from './refusals.ts';

const windowDaysDefault = 30;

/** The key is unusable immediately. The key is deleted at the end of the waiting period. */
export const scheduleKeyDeletion: Operation<
  ScheduleKeyDeletionCommandInput,
  ScheduleKeyDeletionCommandOutput
> = {
  kind: 'write',
  accepts: ['KeyId', 'PendingWindowInDays'],
  run(input, call) {
    const { PendingWindowInDays: days = windowDaysDefault } = input;
    checkValue(days, 'pendingWindowInDays', { range: [7, 30] });
    const key = permittedKey(call, input.KeyId, { action: 'ScheduleKeyDeletion' });
    checkState(key, 'not pending deletion');
    const deletionTime = call.now + daysMs(days);
    putKey(call.world, { ...key, state: 'PendingDeletion', deletionTime }, call.now);
    schedule(call.world, 'kms.key-deleted', key.id, deletionTime);
    return {
      KeyId: key.arn,
      DeletionDate: new Date(deletionTime),
      KeyState: 'PendingDeletion',
      PendingWindowInDays: days,
    };
  },
};
