import type { Service } from '../core/service.ts';
import { guestTransitions } from '../guest/index.ts';
import { addTagsToResource } from './add-tags-to-resource.ts';
import { automationTransitions } from './automation/interpreter.ts';
import { cancelCommand } from './cancel-command.ts';
import { commandTransitions } from './commands/transitions.ts';
import { createDocument } from './create-document.ts';
import { deleteDocument } from './delete-document.ts';
import { deleteParameter } from './delete-parameter.ts';
import { deleteParameters } from './delete-parameters.ts';
import { describeAutomationExecutions } from './describe-automation-executions.ts';
import { describeAutomationStepExecutions } from './describe-automation-step-executions.ts';
import { describeDocument } from './describe-document.ts';
import { describeDocumentPermission } from './describe-document-permission.ts';
import { describeInstanceInformation } from './describe-instance-information.ts';
import { describeInstancePatchStates } from './describe-instance-patch-states.ts';
import { describeInstancePatches } from './describe-instance-patches.ts';
import { describeParameters } from './describe-parameters.ts';
import { getAutomationExecution } from './get-automation-execution.ts';
import { getCalendarState } from './get-calendar-state.ts';
import { getCommandInvocation } from './get-command-invocation.ts';
import { getDocument } from './get-document.ts';
import { getParameter } from './get-parameter.ts';
import { getParameterHistory } from './get-parameter-history.ts';
import { getParameters } from './get-parameters.ts';
import { getParametersByPath } from './get-parameters-by-path.ts';
import { labelParameterVersion } from './label-parameter-version.ts';
import { latencies } from './latency.ts';
import { listCommandInvocations } from './list-command-invocations.ts';
import { listCommands } from './list-commands.ts';
import { listDocumentVersions } from './list-document-versions.ts';
import { listDocuments } from './list-documents.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { modifyDocumentPermission } from './modify-document-permission.ts';
import { putParameter } from './put-parameter.ts';
import { removeTagsFromResource } from './remove-tags-from-resource.ts';
import { sendCommand } from './send-command.ts';
import { startAutomationExecution } from './start-automation-execution.ts';
import { kept, transient, upgrade } from './state.ts';
import { stopAutomationExecution } from './stop-automation-execution.ts';
import { throttling } from './throttling.ts';
import { unlabelParameterVersion } from './unlabel-parameter-version.ts';
import { updateDocument } from './update-document.ts';
import { updateDocumentDefaultVersion } from './update-document-default-version.ts';
import { parameterTransitions } from './validate-image-parameter.ts';

/** Systems Manager: parameters, documents, commands, automations and managed guests. */
export const ssm: Service = {
  name: 'ssm',
  kept,
  transient,
  upgrade,
  latencies,
  throttling,
  operations: {
    AddTagsToResource: addTagsToResource,
    CancelCommand: cancelCommand,
    CreateDocument: createDocument,
    DeleteDocument: deleteDocument,
    DeleteParameter: deleteParameter,
    DeleteParameters: deleteParameters,
    DescribeAutomationExecutions: describeAutomationExecutions,
    DescribeAutomationStepExecutions: describeAutomationStepExecutions,
    DescribeDocument: describeDocument,
    DescribeDocumentPermission: describeDocumentPermission,
    DescribeInstanceInformation: describeInstanceInformation,
    DescribeInstancePatches: describeInstancePatches,
    DescribeInstancePatchStates: describeInstancePatchStates,
    DescribeParameters: describeParameters,
    GetAutomationExecution: getAutomationExecution,
    GetCalendarState: getCalendarState,
    GetCommandInvocation: getCommandInvocation,
    GetDocument: getDocument,
    GetParameter: getParameter,
    GetParameterHistory: getParameterHistory,
    GetParameters: getParameters,
    GetParametersByPath: getParametersByPath,
    LabelParameterVersion: labelParameterVersion,
    ListCommandInvocations: listCommandInvocations,
    ListCommands: listCommands,
    ListDocuments: listDocuments,
    ListDocumentVersions: listDocumentVersions,
    ListTagsForResource: listTagsForResource,
    ModifyDocumentPermission: modifyDocumentPermission,
    PutParameter: putParameter,
    RemoveTagsFromResource: removeTagsFromResource,
    SendCommand: sendCommand,
    StartAutomationExecution: startAutomationExecution,
    StopAutomationExecution: stopAutomationExecution,
    UnlabelParameterVersion: unlabelParameterVersion,
    UpdateDocument: updateDocument,
    UpdateDocumentDefaultVersion: updateDocumentDefaultVersion,
  },
  transitions: {
    ...automationTransitions,
    ...commandTransitions,
    ...guestTransitions,
    ...parameterTransitions,
  },
};
