import type { CancelCommandCommandInput, CancelCommandCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { invocationId } from './commands/invocations.ts';
import { requestCancellation } from './commands/transitions.ts';
import { id, instanceId } from './constraints.ts';
import { requireCommand } from './require-command.ts';

/**
 * Cancellation is not guaranteed. A command that has already ended stays unchanged, which is not an
 * error.
 */
export const cancelCommand: Operation<CancelCommandCommandInput, CancelCommandCommandOutput> = {
  kind: 'write',
  accepts: ['CommandId', 'InstanceIds'],
  run: (input, call) => {
    check(input, {
      CommandId: { required: true, ...id },
      InstanceIds: { length: [0, 50], each: instanceId },
    });
    const { CommandId = '', InstanceIds = [] } = input;
    const command = requireCommand(call, CommandId);
    if (new Set(InstanceIds).size < InstanceIds.length) {
      throw new AwsError('DuplicateInstanceId', 'Duplicate instance ids are not allowed.');
    }
    const named = InstanceIds.map((instance) => invocationId(CommandId, instance));
    const unknown = InstanceIds.filter((_, index) => !command.invocationIds.includes(named[index] ?? ''));
    if (unknown.length > 0) {
      throw new AwsError(
        'InvalidInstanceId',
        `Instances [[${unknown.join(', ')}]] not in a valid state for account ${call.account}`,
      );
    }
    for (const invocation of named.length > 0 ? named : command.invocationIds) {
      requestCancellation(call.world, invocation, call.now);
    }
    return {};
  },
};
