import type {
  StopAutomationExecutionCommandInput,
  StopAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { cancelAutomation, completeAutomation, hasEnded } from './automation/interpreter.ts';
import { id } from './constraints.ts';
import { requireAutomation } from './describe-automation.ts';

/**
 * `Cancel` (the default) stops the current step. `Complete` lets the current step finish and starts
 * no other step.
 */
export const stopAutomationExecution: Operation<
  StopAutomationExecutionCommandInput,
  StopAutomationExecutionCommandOutput
> = {
  kind: 'write',
  accepts: ['AutomationExecutionId', 'Type'],
  run: (input, call) => {
    check(input, {
      AutomationExecutionId: { required: true, ...id },
      Type: { oneOf: ['Complete', 'Cancel'] },
    });
    const automation = requireAutomation(call, input.AutomationExecutionId);
    if (hasEnded(automation.status) || automation.status === 'Cancelling') {
      throw new AwsError(
        'InvalidAutomationStatusUpdateException',
        `Automation execution ${automation.id} cannot be stopped: its status is ${automation.status}.`,
      );
    }
    const stop = input.Type === 'Complete' ? completeAutomation : cancelAutomation;
    stop(call.world, automation, call.now);
    return {};
  },
};
