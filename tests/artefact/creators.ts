import { addInstanceProfile, defaultEgressRule, defaultNetwork, newId, type World } from 'embedded-aws';
import type { Policies } from './iam/policies.ts';
import { keyCreators } from './key-creators.ts';
import type { FunctionDefinition } from './lambda-runtime.ts';
import type { Creator, Place } from './stack.ts';

/** The account in which creators create resources. */
export interface Account extends Place {
  readonly world: World;
  readonly policies: Policies;
  /** Calls an operation as the account itself. Default region: the region of the account's deployment. */
  call(
    service: string,
    operation: string,
    input: Record<string, unknown>,
    region?: string,
  ): Record<string, unknown>;
  /** Lets simulated time pass. */
  pass(seconds: number): Promise<void>;
  /** Deploys a function under its ARN. `addVersion` deploys it under the ARN of a version. */
  addFunction(arn: string, definition: FunctionDefinition): void;
  addVersion(arn: string, version: string): void;
}

/** Creates resources in the embedded AWS, by type. A type that the embedded AWS does not emulate gets only names. */
export function creatorsOf(aws: Account): Readonly<Record<string, Creator>> {
  const keys = keyCreators(aws.call);
  return { ...inert(aws), ...identities(aws), ...network(aws), ...build(aws), ...triggers(aws), ...keys };
}

/** A name in the form that CloudFormation generates. */
const uniqueName = (id: string): string => `golden-image-${id}-1A2B3C4D5E6F`;

const inert = ({ account, region }: Account): Record<string, Creator> => ({
  'AWS::CloudWatch::Alarm': (id) => ({
    ref: uniqueName(id),
    attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${uniqueName(id)}` },
  }),
  'AWS::CloudWatch::Dashboard': (id) => ({ ref: uniqueName(id) }),
  'AWS::Logs::LogGroup': (id, { LogGroupName = uniqueName(id) }) => ({
    ref: LogGroupName,
    attributes: { Arn: `arn:aws:logs:${region}:${account}:log-group:${LogGroupName}:*` },
  }),
  'AWS::S3::Bucket': (id) => ({ ref: uniqueName(id).toLowerCase() }),
  'AWS::S3::BucketPolicy': (id) => ({ ref: uniqueName(id) }),
});

const identities = ({ account, world, policies }: Account): Record<string, Creator> => {
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  return {
    'AWS::IAM::Role': (id, { Policies = [], AssumeRolePolicyDocument: trust, ...more }) => {
      refuseOthers(id, more, 'Description', 'PermissionsBoundary');
      const name = uniqueName(id);
      const statements = (Policies as { PolicyDocument: { Statement: never[] } }[]).flatMap(
        ({ PolicyDocument }) => PolicyDocument.Statement,
      );
      policies.addRole({ arn: roleArn(name), name: id, statements, trust });
      return { ref: name, attributes: { Arn: roleArn(name) } };
    },
    'AWS::IAM::ManagedPolicy': (id, { Roles, PolicyDocument, ...more }) => {
      refuseOthers(id, more, 'Description');
      for (const role of Roles) policies.attach(roleArn(role), PolicyDocument.Statement);
      return { ref: `arn:aws:iam::${account}:policy/${uniqueName(id)}` };
    },
    'AWS::IAM::InstanceProfile': (id, { Roles: [role] }) => {
      const { arn, name } = addInstanceProfile(world, { account, name: uniqueName(id) });
      policies.addProfile(arn, roleArn(role));
      policies.assume({ role: roleArn(role), service: 'ec2.amazonaws.com' });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
};

const network = ({ account, region, world }: Account): Record<string, Creator> => {
  const now = () => world.now();
  const tagsOf = (list: { Key: string; Value: string }[] = []) =>
    Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
  return {
    'AWS::EC2::VPC': (_, { CidrBlock: cidrBlock, Tags }) => {
      const id = newId(world, 'vpc');
      world.vpcs.put({ id, account, region, tags: tagsOf(Tags), cidrBlock, isDefault: false }, now(), 0);
      return { ref: id };
    },
    'AWS::EC2::Subnet': (_, { VpcId: vpcId, AvailabilityZone: availabilityZone, CidrBlock, Tags }) => {
      const id = newId(world, 'subnet');
      const [, bits] = CidrBlock.split('/');
      const subnet = {
        id,
        account,
        region,
        tags: tagsOf(Tags),
        vpcId,
        availabilityZone,
        cidrBlock: CidrBlock,
        // AWS reserves five addresses.
        availableIpAddressCount: 2 ** (32 - Number(bits)) - 5,
        defaultForAz: false,
      };
      world.subnets.put(subnet, now(), 0);
      return { ref: id };
    },
    'AWS::EC2::SecurityGroup': (id, { GroupDescription: description, VpcId, Tags, ...more }) => {
      refuseOthers(id, more);
      const vpcId = VpcId ?? defaultNetwork(world, account, region).vpcId;
      const groupId = newId(world, 'sg');
      const group = {
        id: groupId,
        account,
        region,
        tags: tagsOf(Tags),
        vpcId,
        name: uniqueName(id),
        description,
        ingress: [],
        egress: [defaultEgressRule(world, groupId)],
      };
      world.securityGroups.put(group, now(), 0);
      return { ref: groupId, attributes: { GroupId: groupId, VpcId: vpcId } };
    },
    // The embedded network has no gateways and no routes: every subnet reaches the internet.
    'AWS::EC2::InternetGateway': () => ({ ref: 'igw-0123456789abcdef0' }),
    'AWS::EC2::VPCGatewayAttachment': (id) => ({ ref: id }),
    'AWS::EC2::RouteTable': () => ({ ref: 'rtb-0123456789abcdef0' }),
    'AWS::EC2::Route': (id) => ({ ref: id }),
    'AWS::EC2::SubnetRouteTableAssociation': (id) => ({ ref: id }),
  };
};

const build = (aws: Account): Record<string, Creator> => {
  const { account, region, world, policies, call } = aws;
  return {
    'AWS::SSM::Document': (id, { UpdateMethod: _method, Content, ...properties }) => {
      const Name = properties.Name ?? uniqueName(id);
      call('ssm', 'CreateDocument', { ...properties, Name, Content: JSON.stringify(Content) });
      return { ref: Name };
    },
    'AWS::Lambda::Function': (_, properties) => {
      const { FunctionName: name, Handler, Role, Timeout, MemorySize, Environment, Code } = properties;
      const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
      aws.addFunction(arn, {
        name,
        archive: Code.S3Key.slice(Code.S3Key.lastIndexOf('/') + 1),
        handler: Handler,
        role: Role,
        timeoutSeconds: Timeout,
        memoryMiB: MemorySize,
        environment: Environment.Variables,
      });
      policies.assume({ role: Role, service: 'lambda.amazonaws.com' });
      return { ref: name, attributes: { Arn: arn } };
    },
    'AWS::Lambda::Version': (_, { FunctionName }) => {
      const arn = `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
      aws.addVersion(arn, '1');
      return { ref: `${arn}:1` };
    },
    'AWS::StepFunctions::StateMachine': (id, properties) => {
      const { DefinitionString, StateMachineName: name = uniqueName(id), RoleArn: roleArn } = properties;
      const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
      const now = world.now();
      const machine = {
        ...{ id: arn, account, region, tags: {}, name, definition: DefinitionString, roleArn },
        ...{ creationDate: now, updateDate: now, tracing: true },
      };
      world.stateMachines.put(machine, now, 0);
      policies.assume({ role: roleArn, service: 'states.amazonaws.com', sourceArn: arn });
      return { ref: arn, attributes: { Arn: arn, Name: name } };
    },
    'AWS::DynamoDB::Table': async (id, properties) => {
      const { TimeToLiveSpecification, TableName = uniqueName(id), ...rest } = properties;
      call('dynamodb', 'CreateTable', { ...rest, TableName });
      const Arn = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
      while (world.dynamoTables.get(Arn)?.status !== 'ACTIVE') await aws.pass(1);
      if (TimeToLiveSpecification !== undefined) {
        call('dynamodb', 'UpdateTimeToLive', { TableName, TimeToLiveSpecification });
      }
      return { ref: TableName, attributes: { Arn } };
    },
    'AWS::SNS::Topic': (id, { DisplayName, TopicName = uniqueName(id) }) => {
      const made = call('sns', 'CreateTopic', { Name: TopicName, Attributes: { DisplayName } });
      return { ref: String(made.TopicArn), attributes: { TopicArn: String(made.TopicArn), TopicName } };
    },
    'AWS::SNS::Subscription': (_, { Region, ...properties }) => ({
      ref: String(call('sns', 'Subscribe', properties, Region).SubscriptionArn),
    }),
  };
};

const triggers = ({ account, region, policies, call }: Account): Record<string, Creator> => ({
  'AWS::SQS::Queue': (id, { QueueName = uniqueName(id), Tags = [], ...attributes }) => {
    const made = call('sqs', 'CreateQueue', {
      QueueName,
      Attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, String(value)]),
      ),
      tags: Object.fromEntries(
        (Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
      ),
    });
    const Arn = `arn:aws:sqs:${region}:${account}:${QueueName}`;
    return { ref: String(made.QueueUrl), attributes: { Arn, QueueName } };
  },
  'AWS::SQS::QueuePolicy': (id, { Queues, PolicyDocument }) => {
    for (const QueueUrl of Queues) {
      call('sqs', 'SetQueueAttributes', {
        QueueUrl,
        Attributes: { Policy: JSON.stringify(PolicyDocument) },
      });
    }
    return { ref: id };
  },
  'AWS::Events::Rule': (id, { Name = uniqueName(id), EventPattern, Targets = [], ...properties }) => {
    const { RuleArn } = call('eventbridge', 'PutRule', {
      ...properties,
      Name,
      ...(EventPattern && { EventPattern: JSON.stringify(EventPattern) }),
    }) as { RuleArn: string };
    const { EventBusName } = properties;
    call('eventbridge', 'PutTargets', { Rule: Name, Targets, ...(EventBusName && { EventBusName }) });
    for (const { RoleArn } of Targets) {
      if (RoleArn) policies.assume({ role: RoleArn, service: 'events.amazonaws.com', sourceArn: RuleArn });
    }
    return { ref: Name, attributes: { Arn: RuleArn } };
  },
  'AWS::Scheduler::Schedule': (id, { Name = uniqueName(id), ...properties }) => {
    const { ScheduleArn } = call('scheduler', 'CreateSchedule', { ...properties, Name });
    const { GroupName = 'default', Target } = properties;
    // Scheduler sends the ARN of the schedule group as the source (Scheduler user guide, Confused deputy prevention).
    const sourceArn = `arn:aws:scheduler:${region}:${account}:schedule-group/${GroupName}`;
    policies.assume({ role: Target.RoleArn, service: 'scheduler.amazonaws.com', sourceArn });
    return { ref: Name, attributes: { Arn: String(ScheduleArn) } };
  },
  'AWS::Lambda::Permission': (id, properties) => {
    call('lambda', 'AddPermission', { ...properties, StatementId: uniqueName(id) });
    return { ref: uniqueName(id) };
  },
  'AWS::Lambda::EventInvokeConfig': (id, properties) => {
    call('lambda', 'PutFunctionEventInvokeConfig', properties);
    return { ref: uniqueName(id) };
  },
});

/** Refuses properties that could change the meaning of a resource and are not emulated. */
function refuseOthers(id: string, properties: object, ...known: string[]): void {
  const others = Object.keys(properties).filter((name) => !known.includes(name));
  if (others.length > 0) throw new Error(`${id}: the test does not support ${others.join(', ')}`);
}
