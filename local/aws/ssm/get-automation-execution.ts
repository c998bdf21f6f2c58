import type {
  GetAutomationExecutionCommandInput,
  GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../operation.ts';
import { automationExecution, requireAutomation } from './describe-automation.ts';

export const getAutomationExecution: Operation<
  GetAutomationExecutionCommandInput,
  GetAutomationExecutionCommandOutput
> = {
  kind: 'read',
  accepts: ['AutomationExecutionId'],
  run: ({ AutomationExecutionId }, call) => ({
    AutomationExecution: automationExecution(requireAutomation(call, AutomationExecutionId)),
  }),
};
