import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type MetricName, NAMESPACE } from '../shared/lambda/metrics.ts';
import { readRecipes } from './recipe-resources.ts';

/**
 * The dashboard of the deployment, as a string for CloudFormation's Fn::Sub. It contains a metric for each recipe and for each function in
 * serverless.yml. A CloudWatch search expression would not find the metrics of a recipe without builds for two weeks.
 */
export function dashboardBody(): string {
  const recipes = readRecipes().map(({ name }) => name);
  return JSON.stringify({ start: '-P28D', widgets: widgets(recipes, functionIds()) });
}

/** The logical ids of the functions. Serverless derives the ids from the keys. */
function functionIds(): string[] {
  const { functions } = parse(readFileSync(join(import.meta.dirname, '../serverless.yml'), 'utf8'));
  return Object.keys(functions).map((key) => `${key.charAt(0).toUpperCase()}${key.slice(1)}LambdaFunction`);
}

/** Namespace, name, dimensions as names and values, and display options (CloudWatch API, "Dashboard body structure and syntax"). */
type Metric = readonly [...string[], { readonly label: string; readonly color?: string }];

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** The widgets, two per row, on a grid of 24 columns. */
function widgets(recipes: readonly string[], functions: readonly string[]): object[] {
  const outcomes = [
    { name: 'BuildSucceeded', word: 'succeeded', color: '#2ca02c' },
    { name: 'BuildFailed', word: 'failed', color: '#d62728' },
    { name: 'BuildSkipped', word: 'skipped', color: '#7f7f7f' },
  ] as const;
  const builds = outcomes.flatMap(({ name, word, color }) =>
    recipes.map((recipe): Metric => [...ownMetric(name, recipe), { label: `${recipe} ${word}`, color }]),
  );
  const durations = recipes.map(
    (recipe): Metric => [...ownMetric('BuildSeconds', recipe), { label: recipe }],
  );
  const warnings = recipes.map(
    (recipe): Metric => [...ownMetric('ReleaseWarnings', recipe), { label: recipe }],
  );
  const ofFunctions = (name: string) =>
    functions.map((id): Metric => ['AWS/Lambda', name, 'FunctionName', `\${${id}}`, { label: `\${${id}}` }]);
  const deadLetters = `\${DeadLetters.QueueName}`;
  // CloudWatch refuses a graph without metrics.
  const ofRecipes = [
    graph('Builds by outcome', builds, {
      stat: 'Sum',
      period: DAY_SECONDS,
      view: 'timeSeries',
      stacked: true,
    }),
    graph('Published releases with warnings', warnings, { stat: 'Sum', period: DAY_SECONDS }),
    graph('Duration of builds, in seconds', durations, { stat: 'Maximum', period: DAY_SECONDS }),
  ];
  const all = [
    alarms(),
    failures(),
    ...(recipes.length === 0 ? [] : ofRecipes),
    graph('Errors of functions', ofFunctions('Errors'), { stat: 'Sum', period: HOUR_SECONDS }),
    graph('Throttles of functions', ofFunctions('Throttles'), { stat: 'Sum', period: HOUR_SECONDS }),
    graph('Duration of functions, in milliseconds', ofFunctions('Duration'), {
      stat: 'Maximum',
      period: HOUR_SECONDS,
    }),
    graph(
      'Leftovers, undeliverable triggers, failed base checks, old releases',
      [
        [...ownMetric('LeftoversFound'), { label: 'leftovers found' }],
        [...ownMetric('LeftoversRemoved'), { label: 'leftovers removed' }],
        [...ownMetric('BasesUnseen'), { label: 'failed base checks' }],
        [...ownMetric('ReleasesOverdue'), { label: 'releases older than their schedule allows' }],
        [
          'AWS/SQS',
          'ApproximateNumberOfMessagesVisible',
          'QueueName',
          deadLetters,
          { label: 'undeliverable triggers' },
        ],
      ],
      { stat: 'Maximum', period: HOUR_SECONDS },
    ),
  ];
  return all.map((widget, index) => ({
    ...widget,
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
  }));
}

const ownMetric = (name: MetricName, recipe?: string): string[] => {
  const ofRecipe = recipe === undefined ? [] : ['recipe', recipe];
  return [NAMESPACE, name, 'service', 'golden-image', ...ofRecipe];
};

function graph(title: string, metrics: readonly Metric[], display: object): object {
  return { type: 'metric', properties: { title, region: `\${AWS::Region}`, metrics, ...display } };
}

function alarms(): object {
  const ids = [
    ...['BakeFailedAlarm', 'BakeTimedOutAlarm', 'CleanUpFailedAlarm', 'CleanUpTimedOutAlarm'],
    ...['MoveFailedAlarm', 'ChannelsTimedOutAlarm', 'DeadLettersAlarm', 'UnseenBasesAlarm'],
    ...['ReleasesOverdueAlarm', 'AnnounceFailedAlarm', 'LeftoversAlarm'],
  ];
  return { type: 'alarm', properties: { title: 'Alarms', alarms: ids.map((id) => `\${${id}.Arn}`) } };
}

/** The failed builds in the log of the state machine. The log contains only failures. */
function failures(): object {
  const query = [
    `SOURCE '\${BakeLogGroup}'`,
    "filter type = 'ExecutionFailed'",
    'fields @timestamp, details.error, details.cause, execution_arn',
    'sort @timestamp desc',
    'limit 20',
  ].join(' | ');
  return {
    type: 'log',
    properties: { title: 'Failed builds', region: `\${AWS::Region}`, query, view: 'table' },
  };
}
