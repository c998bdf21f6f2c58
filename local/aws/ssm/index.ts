import { guestTransitions } from '../guest/index.ts';
import type { Service } from '../operation.ts';
import { automationTransitions } from './automation/interpreter.ts';
import { commandTransitions } from './commands/transitions.ts';
import { createDocument } from './create-document.ts';
import { deleteDocument } from './delete-document.ts';
import { describeAutomationStepExecutions } from './describe-automation-step-executions.ts';
import { describeDocument } from './describe-document.ts';
import { describeInstanceInformation } from './describe-instance-information.ts';
import { getAutomationExecution } from './get-automation-execution.ts';
import { getCommandInvocation } from './get-command-invocation.ts';
import { getDocument } from './get-document.ts';
import { getParameter } from './get-parameter.ts';
import { getParameters } from './get-parameters.ts';
import { listCommandInvocations } from './list-command-invocations.ts';
import { putParameter } from './put-parameter.ts';
import { sendCommand } from './send-command.ts';
import { startAutomationExecution } from './start-automation-execution.ts';
import { stopAutomationExecution } from './stop-automation-execution.ts';

/** Systems Manager: parameters, documents, commands, automations, and the guests that they work on. */
export const ssm: Service = {
  name: 'ssm',
  operations: {
    CreateDocument: createDocument,
    DeleteDocument: deleteDocument,
    DescribeAutomationStepExecutions: describeAutomationStepExecutions,
    DescribeDocument: describeDocument,
    DescribeInstanceInformation: describeInstanceInformation,
    GetAutomationExecution: getAutomationExecution,
    GetCommandInvocation: getCommandInvocation,
    GetDocument: getDocument,
    GetParameter: getParameter,
    GetParameters: getParameters,
    ListCommandInvocations: listCommandInvocations,
    PutParameter: putParameter,
    SendCommand: sendCommand,
    StartAutomationExecution: startAutomationExecution,
    StopAutomationExecution: stopAutomationExecution,
  },
  transitions: { ...automationTransitions, ...commandTransitions, ...guestTransitions },
};
