import type { SendCommandCommandInput, StartAutomationExecutionCommandInput } from '@aws-sdk/client-ssm';
import {
  type Asked,
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
  DescribeInstancePatchStates: (asked) =>
    (asked.input.InstanceIds as string[]).map((id) =>
      onInstance('ssm:DescribeInstancePatchStates', asked, id),
    ),

  DescribeDocument: (asked) => onDocument('ssm:DescribeDocument', asked, asked.input.Name),
  DeleteDocument: (asked) => onOwnDocument('ssm:DeleteDocument', asked, asked.input.Name),
  AddTagsToResource: (asked) => {
    const keys = (asked.input.Tags as { Key: string }[]).map(({ Key }) => Key);
    return onTagged('ssm:AddTagsToResource', asked, keys);
  },
  RemoveTagsFromResource: (asked) =>
    onTagged('ssm:RemoveTagsFromResource', asked, asked.input.TagKeys as string[]),
  GetDocument: (asked) => onDocument('ssm:GetDocument', asked, asked.input.Name),
  GetCalendarState: (asked) =>
    (asked.input.CalendarNames as string[]).flatMap((name) =>
      onDocument('ssm:GetCalendarState', asked, name),
    ),

  GetParameter: (asked) => [onParameter('ssm:GetParameter', asked, String(asked.input.Name))],
  PutParameter: (asked) => [onParameter('ssm:PutParameter', asked, String(asked.input.Name))],

  StartAutomationExecution: (asked) => {
    const input = asked.input as unknown as StartAutomationExecutionCommandInput;
    const tags = requestTags(tagsOf(input.Tags));
    const execution = arn(asked, `automation-execution/${NEW}`);
    const [role] = input.Parameters?.AutomationAssumeRole ?? [];
    const start = 'ssm:StartAutomationExecution';
    return [
      ...onDocument(start, asked, input.DocumentName).map((one) => ({ ...one, context: tags })),
      { action: start, resource: execution, context: tags },
      ...(input.Tags ? [{ action: 'ssm:AddTagsToResource', resource: execution, context: tags }] : []),
      ...(role ? [passRole(role, 'ssm.amazonaws.com')] : []),
    ];
  },
  GetAutomationExecution: (asked) => onAutomation('ssm:GetAutomationExecution', asked),
  StopAutomationExecution: (asked) => onAutomation('ssm:StopAutomationExecution', asked),

  SendCommand: (asked) => {
    const {
      InstanceIds = [],
      Targets = [],
      DocumentName,
    } = asked.input as unknown as SendCommandCommandInput;
    if (Targets.length > 0)
      throw new Error('the test does not know which permissions SendCommand needs with targets');
    return [
      ...onDocument('ssm:SendCommand', asked, DocumentName),
      ...InstanceIds.map((id) => onInstance('ssm:SendCommand', asked, id)),
    ];
  },
};

const arn = ({ region, account }: Asked, resource: string): string =>
  `arn:aws:ssm:${region}:${account}:${resource}`;

/** The ARN of a document of AWS has no account. */
function onDocument(action: string, asked: Asked, name: unknown): Permission[] {
  const given = String(name);
  if (given.startsWith('arn:')) return [{ action, resource: given, context: {} }];
  const account = /^(AWS|Amazon|AMZN)/i.test(given) ? '' : asked.account;
  return [{ action, resource: arn({ ...asked, account }, `document/${given}`), context: {} }];
}

/** A document of the account, with its tags. */
function onOwnDocument(action: string, asked: Asked, name: unknown): Permission[] {
  const { world, account, region } = asked;
  const tags = world.documents
    .all()
    .find((one) => one.name === name && one.account === account && one.region === region)?.tags;
  const context = resourceTags(tags ?? {}, 'aws:ResourceTag');
  return onDocument(action, asked, name).map((one) => ({ ...one, context }));
}

function onTagged(action: string, asked: Asked, keys: readonly string[]): Permission[] {
  const { ResourceType, ResourceId } = asked.input;
  if (ResourceType !== 'Document')
    throw new Error(`the test does not know which permissions ${action} needs on a ${ResourceType}`);
  return onOwnDocument(action, asked, ResourceId).map((one) => ({
    ...one,
    context: { ...one.context, 'aws:TagKeys': keys },
  }));
}

/** Uses the name without its version or label. In an ARN, the name has no leading slash. */
function onParameter(action: string, asked: Asked, name: string): Permission {
  if (name.startsWith('arn:')) {
    return { action, resource: name.split(':').slice(0, 6).join(':'), context: {} };
  }
  const [bare = ''] = name.replace(/^\//, '').split(':');
  const account = bare.startsWith('aws/service/') ? '' : asked.account;
  const tags = asked.world.parameters
    .all()
    .find((one) => one.name === name && one.account === asked.account)?.tags;
  return {
    action,
    resource: arn({ ...asked, account }, `parameter/${bare}`),
    context: resourceTags(tags ?? {}, 'aws:ResourceTag'),
  };
}

/** An automation that does not exist needs no permission, because there are no tags to check. */
function onAutomation(action: string, asked: Asked): Permission[] {
  const id = String(asked.input.AutomationExecutionId);
  const automation = asked.world.automations.get(id);
  if (automation === undefined) return [];
  const context = resourceTags(automation.tags, 'aws:ResourceTag');
  return [{ action, resource: arn(asked, `automation-execution/${id}`), context }];
}

function onInstance(action: string, { world, region, account }: Asked, id: string): Permission {
  return {
    action,
    resource: `arn:aws:ec2:${region}:${account}:instance/${id}`,
    context: resourceTags(world.instances.get(id)?.tags ?? {}, 'aws:ResourceTag', 'ssm:resourceTag'),
  };
}
