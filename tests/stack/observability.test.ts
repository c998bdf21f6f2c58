import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardBody } from '../../scripts/dashboard.ts';
import { readRecipes } from '../../scripts/recipe-resources.ts';
import { metrics, NAMESPACE, units } from '../../shared/lambda/metrics.ts';
import { linesWritten } from '../lambda/written.ts';

const yaml = (file: string) =>
  parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'), { merge: true });

const alarms = Object.entries<{
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties as CloudFormation has them.
  Properties: any;
}>(yaml('stack/observability.yml').Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');

/** A single check that sees no bases can be a temporary failure. The alarm for old releases must not end between two checks. */
const periods: Readonly<Record<string, number>> = { UnseenBasesAlarm: 4, ReleasesOverdueAlarm: 3 };

describe('alarms', () => {
  it.each(alarms)(
    '%s fires at one event, not on missing data, and notifies the topic',
    (id, { Properties }) => {
      expect(Properties).toMatchObject({
        AlarmDescription: expect.stringMatching(/./),
        EvaluationPeriods: periods[id] ?? 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: 'Notifications' }],
      });
    },
  );

  it('use existing metrics and dimensions', () => {
    const used = alarms.map(([id, { Properties }]) => {
      const { Namespace, MetricName, Dimensions } = Properties;
      return [id, Namespace, MetricName, Dimensions];
    });
    expect(used).toEqual([
      [
        'BakeFailedAlarm',
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['FailedBuilds', 'QueueName'] } }],
      ],
      [
        'BakeTimedOutAlarm',
        'AWS/States',
        'ExecutionsTimedOut',
        [{ Name: 'StateMachineArn', Value: { Ref: 'BakeStateMachine' } }],
      ],
      [
        'CleanUpFailedAlarm',
        'AWS/States',
        'ExecutionsFailed',
        [{ Name: 'StateMachineArn', Value: { Ref: 'CleanUpStateMachine' } }],
      ],
      [
        'CleanUpTimedOutAlarm',
        'AWS/States',
        'ExecutionsTimedOut',
        [{ Name: 'StateMachineArn', Value: { Ref: 'CleanUpStateMachine' } }],
      ],
      [
        'MoveFailedAlarm',
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['FailedMoves', 'QueueName'] } }],
      ],
      [
        'ChannelsTimedOutAlarm',
        'AWS/States',
        'ExecutionsTimedOut',
        [{ Name: 'StateMachineArn', Value: { Ref: 'ChannelsStateMachine' } }],
      ],
      [
        'DeadLettersAlarm',
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] } }],
      ],
      ['UnseenBasesAlarm', NAMESPACE, 'BasesUnseen', [{ Name: 'service', Value: 'golden-image' }]],
      ['ReleasesOverdueAlarm', NAMESPACE, 'ReleasesOverdue', [{ Name: 'service', Value: 'golden-image' }]],
      [
        'AnnounceFailedAlarm',
        'AWS/Lambda',
        'Errors',
        [{ Name: 'FunctionName', Value: { Ref: 'AnnounceLambdaFunction' } }],
      ],
      ['LeftoversAlarm', NAMESPACE, 'LeftoversFound', [{ Name: 'service', Value: 'golden-image' }]],
    ]);
  });
});

describe('the queue of failed builds', () => {
  const { FailedBuilds, FailedBuildsPolicy, BuildFailedRule, BakeFailedAlarm } =
    yaml('stack/observability.yml').Resources;

  it('accepts messages only from its rule', () => {
    expect(FailedBuildsPolicy.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: { 'Fn::GetAtt': ['FailedBuilds', 'Arn'] },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['BuildFailedRule', 'Arn'] } } },
      },
    ]);
  });

  it('keeps a message until the metric of an unused queue shows it, and not much longer', () => {
    const lateSecondsMax = 15 * 60;
    const { Period, EvaluationPeriods } = BakeFailedAlarm.Properties;
    const shownSecondsMax = lateSecondsMax + 2 * Period * EvaluationPeriods;
    expect(FailedBuilds.Properties.MessageRetentionPeriod).toBeGreaterThanOrEqual(shownSecondsMax);
    expect(FailedBuilds.Properties.MessageRetentionPeriod).toBeLessThanOrEqual(shownSecondsMax + 300);
  });

  it('has a rule with a pattern without null, which CloudFormation refuses', () => {
    expect(JSON.stringify(BuildFailedRule)).not.toContain('null');
  });
});

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: { title: string; region?: string; metrics?: unknown[][]; alarms?: string[] };
  }
  const { widgets }: { widgets: Widget[] } = JSON.parse(dashboardBody());
  // Without the options of the graph.
  const drawn = widgets.flatMap(({ properties }) =>
    (properties.metrics ?? []).map((one) => one.slice(0, -1)),
  );

  it('shows every metric with its dimensions', async () => {
    const { put } = metrics();
    const written = await linesWritten(() => {
      for (const name of Object.keys(units) as (keyof typeof units)[]) {
        if (/^(Leftovers|Bases|Releases)/.test(name)) put(name, 1);
        else for (const { name: recipe } of readRecipes()) put(name, 1, { recipe });
      }
    });
    const measured = written.map((line) => {
      // biome-ignore lint/suspicious/noExplicitAny: the embedded metric format, held in tests/lambda/metrics.test.ts.
      const [{ Namespace, Dimensions, Metrics }] = (line as any)._aws.CloudWatchMetrics;
      return [Namespace, Metrics[0].Name, ...Dimensions[0].flatMap((name: string) => [name, line[name]])];
    });
    const own = drawn.filter(([namespace]) => namespace === NAMESPACE);
    expect(own.map(String).toSorted()).toEqual(measured.map(String).toSorted());
  });

  it.each(['Errors', 'Throttles', 'Duration'])('shows the %s of every function', (name) => {
    const keys = Object.keys(yaml('serverless.yml').functions);
    const shown = drawn.filter(([namespace, metric]) => namespace === 'AWS/Lambda' && metric === name);
    expect(shown.map(([, , dimension, value]) => [dimension, value])).toEqual(
      keys.map((key) => ['FunctionName', `\${${key.charAt(0).toUpperCase()}${key.slice(1)}LambdaFunction}`]),
    );
  });

  it('shows every alarm', () => {
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
    expect(shown).toEqual(alarms.map(([id]) => `\${${id}.Arn}`));
  });

  it('has a title for each widget, and no widgets that overlap', () => {
    const cells = widgets.flatMap(({ x, y, width, height, properties, type }) => {
      expect(properties.title).toMatch(/./);
      expect(x + width).toBeLessThanOrEqual(24);
      // The ARN of an alarm contains its region.
      if (type !== 'alarm') expect(properties.region).toBe(`\${AWS::Region}`);
      return Array.from({ length: width * height }, (_, index) =>
        String([x + (index % width), y + Math.floor(index / width)]),
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});

it('the operations guide describes every metric and every alarm', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  for (const name of [...Object.keys(units), ...alarms.map(([id]) => id)])
    expect(guide).toContain(`\`${name}\``);
});
