import type {
  StopAutomationExecutionCommandInput,
  StopAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { cancelAutomation, isOver } from './automation/interpreter.ts';
import { requireAutomation } from './describe-automation.ts';

export const stopAutomationExecution: Operation<
  StopAutomationExecutionCommandInput,
  StopAutomationExecutionCommandOutput
> = {
  kind: 'write',
  accepts: ['AutomationExecutionId', 'Type'],
  run: ({ AutomationExecutionId, Type }, call) => {
    const automation = requireAutomation(call, AutomationExecutionId);
    if (isOver(automation.status)) {
      throw new AwsError(
        'InvalidAutomationStatusUpdateException',
        `Automation execution ${automation.id} cannot be stopped: its status is ${automation.status}.`,
      );
    }
    if (Type === 'Complete') throw notEmulated('ssm:StopAutomationExecution with Type Complete');
    cancelAutomation(call.world, automation, call.now);
    return {};
  },
};
