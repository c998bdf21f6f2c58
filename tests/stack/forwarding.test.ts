import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopyImageCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { services as all, answerFrom, newWorld } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  ACCOUNT,
  FAR,
  HOME,
  OTHER,
  simulateEvents,
} from '../../embedded-aws/tests/eventbridge/simulated-events.ts';
import { itPassesCfnLint } from './cfn-lint.ts';

const FILE = join(import.meta.dirname, '../../stack/forwarding.yml');
const source = readFileSync(FILE, 'utf8');
const template = parse(source);

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Resolves a value of the template as CloudFormation does in a place. The pipeline is in ACCOUNT and HOME. */
function resolve(value: unknown, place: Place, prefix = ''): unknown {
  const names: Record<string, string> = {
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    PipelineAccount: ACCOUNT,
    PipelineRegion: HOME,
    ParameterPrefix: prefix,
    PermissionsBoundary: '',
    'ForwardingRole.Arn': `arn:aws:iam::${place.account}:role/forwarding`,
  };
  const follow = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(follow);
    if (typeof one !== 'object' || one === null) return one;
    const [[key, inner] = ['', undefined]] = Object.entries(one);
    if (key === 'Ref') return names[String(inner)];
    if (key === 'Condition' && typeof inner === 'string') return follow(template.Conditions[inner]);
    if (key === 'Fn::GetAtt') return names[(inner as string[]).join('.')];
    if (key === 'Fn::Sub') return String(inner).replaceAll(/\$\{([^}]+)\}/g, (_, name) => names[name] ?? '');
    if (key === 'Fn::Equals') return follow((inner as unknown[])[0]) === follow((inner as unknown[])[1]);
    if (key === 'Fn::And') return (follow(inner) as boolean[]).every(Boolean);
    if (key === 'Fn::Not') return !(follow(inner) as boolean[])[0];
    return Object.fromEntries(Object.entries(one).map(([name, item]) => [name, follow(item)]));
  };
  return follow(value);
}

const createdIn = (place: Place, prefix = ''): string[] =>
  Object.entries<{ Condition?: string }>(template.Resources).flatMap(([id, { Condition }]) =>
    Condition === undefined || resolve(template.Conditions[Condition], place, prefix) ? [id] : [],
  );

describe('the template for forwarding', () => {
  it.each<[string, Place]>([
    ['in another account', { account: OTHER, region: HOME }],
    ['in another region', { account: ACCOUNT, region: FAR }],
    ['in another region of another account', { account: OTHER, region: FAR }],
  ])('creates a rule and its role %s', (_, place) => {
    const always = ['ForwardImages', 'ForwardingRole', 'Nothing'];
    expect(createdIn(place)).toEqual(always);
    expect(createdIn(place, '/images/').toSorted()).toEqual([...always, 'ForwardParameters'].toSorted());
  });

  it('creates nothing in the account and region of the pipeline', () => {
    expect(createdIn({ account: ACCOUNT, region: HOME }, '/images/')).toEqual(['Nothing']);
  });

  it.each([
    ['/images/base', 'Update', OTHER, true],
    ['/images/base', 'Create', OTHER, true],
    ['/images/base', 'Delete', OTHER, false],
    ['/secrets/base', 'Update', OTHER, false],
    // This event was itself forwarded to the account.
    ['/images/base', 'Update', ACCOUNT, false],
  ])(
    'with the prefix /images/: event of the parameter %s, %s, in account %s, forwarded: %s',
    async (name, operation, account, expected) => {
      const { events, run } = simulateEvents();
      const place = { account: OTHER, region: HOME };
      const { EventPattern } = resolve(
        template.Resources.ForwardParameters.Properties,
        place,
        '/images/',
      ) as {
        EventPattern: object;
      };
      const event = {
        ...{ id: '1', source: 'aws.ssm', account, region: HOME, time: '2026-11-20T03:00:00Z', resources: [] },
        'detail-type': 'Parameter Store Change',
        detail: { name, operation, type: 'String' },
      };
      const test = { EventPattern: JSON.stringify(EventPattern), Event: JSON.stringify(event) };
      expect(await run(events().send(new TestEventPatternCommand(test)))).toMatchObject({ Result: expected });
    },
  );

  it('is plain CloudFormation, and allows the role to put events on one bus', () => {
    expect(source).not.toMatch(/\$\{(param|self|file|opt|sls|env|custom)\b/);
    // CloudFormation user guide, "Template formats": no aliases, no merges.
    expect(source).not.toMatch(/[:-] [&*][a-z]/);
    const [{ PolicyDocument }] = template.Resources.ForwardingRole.Properties.Policies;
    expect(resolve(PolicyDocument.Statement, { account: OTHER, region: FAR })).toEqual([
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/default`,
      },
    ]);
  });

  it.each([
    ['PipelineAccount', ['314159265358'], ['31415926535', 'arn:aws:iam::314159265358:root', '']],
    [
      'PipelineRegion',
      ['eu-central-1', 'us-west-2', 'ap-southeast-7'],
      ['Frankfurt', 'eu-central-1a', '', 'us-gov-west-1', 'cn-north-1', 'us-isob-east-1', 'eusc-de-east-1'],
    ],
    ['ParameterPrefix', ['', '/images/', '/images/base-'], ['/', 'images', '/images/*']],
    [
      'PermissionsBoundary',
      ['', 'arn:aws:iam::314159265358:policy/bounds', 'arn:aws:iam::aws:policy/PowerUserAccess'],
      ['bounds', 'arn:aws:iam::314159265358:role/bounds', 'arn:aws-cn:iam::314159265358:policy/bounds'],
    ],
  ])('accepts for %s the values %j and not %j', (name, right, wrong) => {
    // CloudFormation matches the whole value.
    const pattern = new RegExp(`^(${template.Parameters[name].AllowedPattern})$`);
    expect([...right, ...wrong].filter((value) => pattern.test(value))).toEqual(right);
  });

  itPassesCfnLint(FILE);
});

describe('forwarded events of images', () => {
  /** Creates the template's rule in a place, makes an image available there, and returns the events that reach the pipeline's bus. */
  async function forwarded(place: Place, { isAllowed }: { isAllowed: boolean }) {
    const simulated = simulateEvents({
      others: { ec2: all.ec2, kms: all.kms },
      world: (now) => newWorld({ seed: 7, now, faults: [], throttling: false }),
    });
    const { world, services, events, run, pass, rule, started } = simulated;
    await rule('images', { source: ['aws.ec2'], 'detail-type': ['EC2 AMI State Change'] });
    if (isAllowed) {
      const grant = { Action: 'events:PutEvents', Principal: OTHER, StatementId: 'forwarding' };
      await run(events().send(new PutPermissionCommand(grant)));
    }
    const there = events(place);
    const { Name, EventPattern, Targets } = resolve(template.Resources.ForwardImages.Properties, place) as {
      Name: string;
      EventPattern: object;
      Targets: [{ Id: string; Arn: string; RoleArn: string }];
    };
    await run(there.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(EventPattern) })));
    await run(there.send(new PutTargetsCommand({ Rule: Name, Targets })));
    await pass(20);

    const modes = { retryMode: 'standard', defaultsMode: 'standard' } as const;
    const client = new EC2Client({ region: place.region, maxAttempts: 1, ...modes });
    answerFrom(world, services, client, place.account);
    const base = world.images.all().find(({ region, name }) => region === HOME && name.startsWith('al2023'));
    const copy = { Name: 'base', SourceImageId: base?.id, SourceRegion: HOME };
    const { ImageId } = await run(client.send(new CopyImageCommand(copy)));
    await pass(7_200);
    return { ImageId, events: started.map(({ input }) => input) };
  }

  it.each<[string, Place, boolean]>([
    ['another account that is allowed', { account: OTHER, region: HOME }, true],
    ['another region of the same account, without a permission', { account: ACCOUNT, region: FAR }, false],
    ['another region of another account', { account: OTHER, region: FAR }, true],
  ])('arrive from %s', async (_, place, isAllowed) => {
    const { ImageId, events } = await forwarded(place, { isAllowed });
    // EventBridge delivers an event at least once, and some events twice.
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      const detail = { ImageId, State: 'available' };
      expect(event).toMatchObject({ ...place, 'detail-type': 'EC2 AMI State Change', detail });
    }
  });

  it('do not arrive from an account that is not allowed', async () => {
    expect((await forwarded({ account: OTHER, region: HOME }, { isAllowed: false })).events).toEqual([]);
  });
});
