import { AwsError, perform, type Services, type World } from 'embedded-aws';
import { AMAZON_LINUX_TOPIC, followsAmazonLinux } from '../shared/recipe/amazon-linux.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { scheduleOf } from '../shared/recipe/schedule.ts';
import { HOME } from './home.ts';
import { functionArn, machineArn } from './machines.ts';
import { readYaml } from './project-file.ts';

/** The files in stack/ with triggers and notifications. */
const FILES = ['triggers.yml', 'clean-up.yml', 'observability.yml'];

const { account, region } = HOME;

/** The topic for notifications. */
export const TOPIC = `arn:aws:sns:${region}:${account}:golden-image`;
/** The queues by their ids in the stack. */
const QUEUES: Readonly<Record<string, string>> = {
  DeadLetters: queueArn('golden-image-dead-letters'),
  FailedBuilds: queueArn('golden-image-failed-builds'),
  FailedMoves: queueArn('golden-image-failed-moves'),
};

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have many types.
  readonly Properties: any;
}

interface Stack {
  readonly Resources: Readonly<Record<string, Resource>>;
}

type Call = (service: string, operation: string, input: Record<string, unknown>) => Record<string, unknown>;

/** Creates a resource of each type. An existing resource of a former deployment is replaced. */
const makers: Readonly<Record<string, (call: Call, properties: Resource['Properties'], id: string) => void>> =
  {
    'AWS::SQS::Queue': (call, { MessageRetentionPeriod }, id) => {
      const Attributes = { MessageRetentionPeriod: String(MessageRetentionPeriod) };
      call('sqs', 'CreateQueue', { QueueName: nameOf(arnOf(id)), Attributes });
    },
    'AWS::SQS::QueuePolicy': (call, { Queues, PolicyDocument }) => {
      const [queue] = Queues as [string];
      const QueueUrl = String(call('sqs', 'GetQueueUrl', { QueueName: nameOf(queue) }).QueueUrl);
      call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy: JSON.stringify(PolicyDocument) } });
    },
    'AWS::Events::Rule': (call, { EventPattern, Targets, Description }, id) => {
      const Name = ruleName(id);
      call('eventbridge', 'PutRule', { Name, Description, EventPattern: JSON.stringify(EventPattern) });
      call('eventbridge', 'PutTargets', { Rule: Name, Targets });
    },
    'AWS::Scheduler::Schedule': (call, properties) => {
      try {
        call('scheduler', 'CreateSchedule', properties);
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'ConflictException')) throw error;
        call('scheduler', 'UpdateSchedule', properties);
      }
    },
    'AWS::Lambda::Permission': (call, { FunctionName, ...rest }, id) => {
      try {
        call('lambda', 'AddPermission', { FunctionName, StatementId: id, ...rest });
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'ResourceConflictException')) throw error;
      }
    },
    'AWS::Lambda::EventInvokeConfig': (call, { Qualifier, ...config }) => {
      call('lambda', 'PutFunctionEventInvokeConfig', config);
    },
  };

/** Resource types that are not created: the embedded AWS has no CloudWatch, and the pipeline in the embedded AWS has no IAM roles. */
const IGNORED_TYPES = new Set([
  ...['AWS::IAM::Role', 'AWS::Logs::LogGroup'],
  ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'],
]);

/** Creates the topic for notifications, unless it exists. */
export function createTopic(world: World, services: Services): void {
  const input = { Name: nameOf(TOPIC) };
  perform(services, world, { service: 'sns', operation: 'CreateTopic', ...HOME, input, inner: true });
}

/** Creates the triggers of builds and clean-up, as the stack does: queues, rules and schedules. */
export function createTriggers(world: World, services: Services, recipes: readonly Recipe[]): void {
  const call: Call = (service, operation, input) =>
    perform(services, world, { service, operation, ...HOME, input, inner: true });
  const resources = FILES.flatMap((file) => Object.entries((readYaml(`stack/${file}`) as Stack).Resources));
  // Sorted by type, so that each resource is created after the resources that it depends on.
  for (const [type, make] of Object.entries(makers)) {
    for (const [id, { Properties }] of resources.filter(([, { Type }]) => Type === type))
      make(call, resolved(Properties), id);
  }
  const unknown = resources.filter(([, { Type }]) => !(Type in makers) && !IGNORED_TYPES.has(Type));
  if (unknown.length > 0)
    throw new Error(
      `unsupported resources in stack/: ${unknown.map(([id, { Type }]) => `${id} (${Type})`).join(', ')}`,
    );
  for (const recipe of recipes) createSchedule(call, recipe);
  removeFormerSchedules(call, recipes);
  if (recipes.some(followsAmazonLinux)) subscribe(call);
}

/** Removes the schedules of recipes that no longer exist, as the next deployment of the stack does. */
function removeFormerSchedules(call: Call, recipes: readonly Recipe[]): void {
  const kept = recipes.map((recipe) => scheduleOf(recipe)?.schedule.Name);
  const { Schedules } = call('scheduler', 'ListSchedules', { NamePrefix: 'golden-image-' });
  for (const { Name } of Schedules as { Name: string }[]) {
    const { Target } = call('scheduler', 'GetSchedule', { Name }) as { Target: { RoleArn: string } };
    // A user's schedule can have the same prefix.
    if (!kept.includes(Name) && Target.RoleArn === roleArn('Schedule'))
      call('scheduler', 'DeleteSchedule', { Name });
  }
}

/** Subscribes the watch function to the Amazon Linux topic. */
function subscribe(call: Call): void {
  const watch = functionArn('watch');
  makers['AWS::Lambda::Permission']?.(
    call,
    {
      FunctionName: watch,
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      SourceArn: AMAZON_LINUX_TOPIC,
    },
    'AmazonLinuxPermission',
  );
  call('sns', 'Subscribe', { TopicArn: AMAZON_LINUX_TOPIC, Protocol: 'lambda', Endpoint: watch });
}

function createSchedule(call: Call, recipe: Recipe): void {
  const found = scheduleOf(recipe);
  if (found === undefined) return;
  const Target = {
    Arn: machineArn('bake'),
    RoleArn: roleArn('Schedule'),
    Input: JSON.stringify(found.request),
    DeadLetterConfig: { Arn: arnOf('DeadLetters') },
  };
  makers['AWS::Scheduler::Schedule']?.(call, { ...found.schedule, Target }, found.schedule.Name);
}

function queueArn(name: string): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);
const ruleName = (id: string): string => `golden-image-${id}`;
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/golden-image-${name}`;

/** Resolves CloudFormation's intrinsic functions in a value. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, inner] = []] = entries;
  if (entries.length === 1 && key === 'Ref') return referenced(String(inner));
  if (entries.length === 1 && key === 'Fn::GetAtt') return arnOf(String((inner as string[])[0]));
  if (entries.length === 1 && key === 'Fn::Sub') {
    return String(inner).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
      return name.includes('.') ? arnOf(name.split('.')[0] ?? '') : referenced(name);
    });
  }
  return Object.fromEntries(entries.map(([name, item]) => [name, resolved(item)]));
}

function referenced(name: string): string {
  const pseudo: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
  };
  return pseudo[name] ?? arnOf(name);
}

function arnOf(id: string): string {
  const queue = QUEUES[id];
  if (queue !== undefined) return queue;
  if (id === 'Notifications') return TOPIC;
  const lowered = id.charAt(0).toLowerCase() + id.slice(1);
  const [, fn] = /^(.*)LambdaFunction$/.exec(lowered) ?? [];
  if (fn !== undefined) return functionArn(fn);
  const [, machine] = /^(.*)StateMachine$/.exec(lowered) ?? [];
  if (machine !== undefined)
    return machineArn(machine.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  if (id.endsWith('Role')) return roleArn(id.replace(/Role$/, ''));
  if (id.endsWith('Rule')) return `arn:aws:events:${region}:${account}:rule/${ruleName(id)}`;
  throw new Error(`no ARN is known for ${id}`);
}
