import type { SendCommandCommandInput, StartAutomationExecutionCommandInput } from '@aws-sdk/client-ssm';
import {
  type CheckedCall,
  NEW,
  type Needs,
  type Permission,
  passRole,
  requestTags,
  resourceTags,
  tagsOf,
} from './permission.ts';

/**
 * The permissions that the operations of Systems Manager need, except operations without resource-level permissions (Service Authorization
 * Reference; docs/operations.md, Assumptions).
 */
export const needsOfSsm: Readonly<Record<string, Needs>> = {
  DescribeInstancePatchStates: (call) =>
    (call.input.InstanceIds as string[]).map((id) => onInstance('ssm:DescribeInstancePatchStates', call, id)),

  DescribeDocument: (call) => onDocument('ssm:DescribeDocument', call, call.input.Name),
  DeleteDocument: (call) => onOwnDocument('ssm:DeleteDocument', call, call.input.Name),
  AddTagsToResource: (call) => {
    const keys = (call.input.Tags as { Key: string }[]).map(({ Key }) => Key);
    return onTagged('ssm:AddTagsToResource', call, keys);
  },
  RemoveTagsFromResource: (call) =>
    onTagged('ssm:RemoveTagsFromResource', call, call.input.TagKeys as string[]),
  GetDocument: (call) => onDocument('ssm:GetDocument', call, call.input.Name),
  GetCalendarState: (call) =>
    (call.input.CalendarNames as string[]).flatMap((name) => onDocument('ssm:GetCalendarState', call, name)),

  GetParameter: (call) => [onParameter('ssm:GetParameter', call, String(call.input.Name))],
  GetParameters: (call) =>
    (call.input.Names as string[]).map((name) => onParameter('ssm:GetParameters', call, name)),
  DeleteParameter: (call) => [onParameter('ssm:DeleteParameter', call, String(call.input.Name))],
  PutParameter: (call) => [
    onParameter('ssm:PutParameter', call, String(call.input.Name)),
    // Parameter Store describes the image for the caller (Systems Manager user guide, "Native parameter support for AMI IDs").
    ...(call.input.DataType === 'aws:ec2:image'
      ? [{ action: 'ec2:DescribeImages', resource: '*', context: {} }]
      : []),
  ],

  StartAutomationExecution: (call) => {
    const input = call.input as unknown as StartAutomationExecutionCommandInput;
    const tags = requestTags(tagsOf(input.Tags));
    const execution = arn(call, `automation-execution/${NEW}`);
    const [role] = input.Parameters?.AutomationAssumeRole ?? [];
    const start = 'ssm:StartAutomationExecution';
    return [
      ...onDocument(start, call, input.DocumentName).map((one) => ({ ...one, context: tags })),
      { action: start, resource: execution, context: tags },
      ...(input.Tags ? [{ action: 'ssm:AddTagsToResource', resource: execution, context: tags }] : []),
      ...(role ? [passRole(role, 'ssm.amazonaws.com')] : []),
    ];
  },
  GetAutomationExecution: (call) => onAutomation('ssm:GetAutomationExecution', call),
  StopAutomationExecution: (call) => onAutomation('ssm:StopAutomationExecution', call),

  SendCommand: (call) => {
    const { InstanceIds = [], Targets = [], DocumentName } = call.input as unknown as SendCommandCommandInput;
    if (Targets.length > 0)
      throw new Error('the test does not know which permissions SendCommand needs with targets');
    return [
      ...onDocument('ssm:SendCommand', call, DocumentName),
      ...InstanceIds.map((id) => onInstance('ssm:SendCommand', call, id)),
    ];
  },
};

const arn = ({ region, account }: CheckedCall, resource: string): string =>
  `arn:aws:ssm:${region}:${account}:${resource}`;

/** The ARN of a document of AWS has no account. */
function onDocument(action: string, call: CheckedCall, name: unknown): Permission[] {
  const given = String(name);
  if (given.startsWith('arn:')) return [{ action, resource: given, context: {} }];
  const account = /^(AWS|Amazon|AMZN)/i.test(given) ? '' : call.account;
  return [{ action, resource: arn({ ...call, account }, `document/${given}`), context: {} }];
}

/** A document of the account, with its tags. */
function onOwnDocument(action: string, call: CheckedCall, name: unknown): Permission[] {
  const { world, account, region } = call;
  const tags = world.documents
    .all()
    .find((one) => one.name === name && one.account === account && one.region === region)?.tags;
  const context = resourceTags(tags ?? {}, 'aws:ResourceTag');
  return onDocument(action, call, name).map((one) => ({ ...one, context }));
}

function onTagged(action: string, call: CheckedCall, keys: readonly string[]): Permission[] {
  const { ResourceType, ResourceId } = call.input;
  if (ResourceType !== 'Document')
    throw new Error(`the test does not know which permissions ${action} needs on a ${ResourceType}`);
  return onOwnDocument(action, call, ResourceId).map((one) => ({
    ...one,
    context: { ...one.context, 'aws:TagKeys': keys },
  }));
}

/** Uses the name without its version or label. In an ARN, the name has no leading slash. */
function onParameter(action: string, call: CheckedCall, name: string): Permission {
  if (name.startsWith('arn:')) {
    return { action, resource: name.split(':').slice(0, 6).join(':'), context: {} };
  }
  const [bare = ''] = name.replace(/^\//, '').split(':');
  const account = bare.startsWith('aws/service/') ? '' : call.account;
  const tags = call.world.parameters
    .all()
    .find((one) => one.name === name && one.account === call.account)?.tags;
  return {
    action,
    resource: arn({ ...call, account }, `parameter/${bare}`),
    context: resourceTags(tags ?? {}, 'aws:ResourceTag'),
  };
}

/** An automation that does not exist needs no permission, because there are no tags to check. */
function onAutomation(action: string, call: CheckedCall): Permission[] {
  const id = String(call.input.AutomationExecutionId);
  const automation = call.world.automations.get(id);
  if (automation === undefined) return [];
  const context = resourceTags(automation.tags, 'aws:ResourceTag');
  return [{ action, resource: arn(call, `automation-execution/${id}`), context }];
}

function onInstance(action: string, { world, region, account }: CheckedCall, id: string): Permission {
  return {
    action,
    resource: `arn:aws:ec2:${region}:${account}:instance/${id}`,
    context: resourceTags(world.instances.get(id)?.tags ?? {}, 'aws:ResourceTag', 'ssm:resourceTag'),
  };
}
