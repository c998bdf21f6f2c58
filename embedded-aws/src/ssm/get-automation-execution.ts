import type {
  GetAutomationExecutionCommandInput,
  GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { id } from './constraints.ts';
import { automationExecution, requireAutomation } from './describe-automation.ts';

export const getAutomationExecution: Operation<
  GetAutomationExecutionCommandInput,
  GetAutomationExecutionCommandOutput
> = {
  kind: 'read',
  accepts: ['AutomationExecutionId'],
  run: (input, call) => {
    check(input, { AutomationExecutionId: { required: true, ...id } });
    return { AutomationExecution: automationExecution(requireAutomation(call, input.AutomationExecutionId)) };
  },
};
