import { join } from 'node:path';
import { RECIPE, STEPS } from '../shared/build/tags.ts';
import { AMAZON_LINUX_TOPIC, followsAmazonLinux } from '../shared/recipe/amazon-linux.ts';
import { openRecipes } from '../shared/recipe/open-recipe.ts';
import { describeProblem } from '../shared/recipe/problem.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { enabledRegions } from '../shared/recipe/regions.ts';
import { scheduleOf } from '../shared/recipe/schedule.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';

/**
 * The parts of the CloudFormation template that depend on the recipes: SSM documents with the steps, schedules, and the ARNs for narrow
 * permissions. `stack/from-recipes.js` passes these parts to Serverless.
 */

/** All recipes in recipes/. Throws an error with all problems of the recipes. */
export function readRecipes(): Recipe[] {
  const opened = openRecipes(join(import.meta.dirname, '..'), new Date());
  if ('problems' in opened) throw new Error(opened.problems.map(describeProblem).join('\n'));
  return opened.map(({ recipe }) => recipe);
}

/**
 * The steps and tests of the recipes as CloudFormation resources, by logical id. Changed steps or tests create a new document. The former document stays,
 * because a running build may use it. functions/find-leftovers.ts removes the former document later. The documents have no fixed names: if
 * a recipe is changed back, the former document still has the name.
 */
export function stepsDocumentsOf(recipes: readonly Recipe[]): Record<string, object> {
  const lists = (['steps', 'tests'] as const).flatMap((list) =>
    recipes.map((recipe) => ({ recipe, list, document: stepsDocument(recipe, list) })),
  );
  const resources = lists.flatMap(({ recipe, list, document }) => {
    if (document === undefined) return [];
    const resource = {
      Type: 'AWS::SSM::Document',
      // A rollback deletes a document that the same deployment created.
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        Content: withoutVariables(document.content),
        Tags: [
          { Key: RECIPE, Value: recipe.name },
          { Key: STEPS, Value: document.digest },
        ],
      },
    };
    return [[logicalId(list === 'steps' ? 'StepsOf' : 'TestsOf', recipe.name), resource] as const];
  });
  return Object.fromEntries(resources);
}

/** A logical id can contain only letters and digits. "Dash" is unique, because recipe names have no upper-case letters. */
const logicalId = (kind: string, recipe: string): string => `${kind}${recipe.replaceAll('-', 'Dash')}`;

/** EventBridge Scheduler retries for a day, with at most 185 retries (the maximum). Then the event goes to the dead-letter queue. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };
const DEAD_LETTERS = { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } };

/** The schedules of the recipes. */
export function schedulesOf(recipes: readonly Recipe[]): Record<string, object> {
  const resources = recipes.flatMap((recipe) => {
    const found = scheduleOf(recipe);
    if (found === undefined) return [];
    const Target = {
      Arn: { Ref: 'BakeStateMachine' },
      RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
      Input: JSON.stringify(found.request),
      RetryPolicy: RETRY_POLICY,
      DeadLetterConfig: DEAD_LETTERS,
    };
    const Properties = { ...found.schedule, Target };
    return [
      [logicalId('ScheduleOf', recipe.name), { Type: 'AWS::Scheduler::Schedule', Properties }] as const,
    ];
  });
  return Object.fromEntries(resources);
}

/** The subscription of the watch function to the Amazon Linux topic, if a recipe follows Amazon Linux 2023. */
export function subscriptionsOf(recipes: readonly Recipe[]): Record<string, object> {
  if (!recipes.some(followsAmazonLinux)) return {};
  const watch = { 'Fn::GetAtt': ['WatchLambdaFunction', 'Arn'] };
  return {
    AmazonLinuxSubscription: {
      Type: 'AWS::SNS::Subscription',
      Condition: HEARS_AMAZON_LINUX,
      // The topic exists only in us-east-1.
      Properties: { TopicArn: AMAZON_LINUX_TOPIC, Region: 'us-east-1', Protocol: 'lambda', Endpoint: watch },
    },
    AmazonLinuxPermission: {
      Type: 'AWS::Lambda::Permission',
      Condition: HEARS_AMAZON_LINUX,
      Properties: {
        FunctionName: watch,
        Action: 'lambda:InvokeFunction',
        Principal: 'sns.amazonaws.com',
        SourceArn: AMAZON_LINUX_TOPIC,
      },
    },
  };
}

const HEARS_AMAZON_LINUX = 'HearsAmazonLinux';

/** The maximum number of conditions in `Fn::Or`. */
const OR_MAX = 10;

/**
 * SNS delivers to functions in another region only if that region is enabled by default (SNS developer guide, "Prerequisites for
 * integrating Amazon SNS with Lambda functions across regions"). In opt-in regions, only the schedule starts the watch function.
 */
export function conditionsOf(recipes: readonly Recipe[]): Record<string, object> {
  if (!recipes.some(followsAmazonLinux)) return {};
  const conditions = enabledRegions.map((region) => ({ 'Fn::Equals': [{ Ref: 'AWS::Region' }, region] }));
  const groups = Array.from({ length: Math.ceil(conditions.length / OR_MAX) }, (_, index) => ({
    'Fn::Or': conditions.slice(index * OR_MAX, (index + 1) * OR_MAX),
  }));
  return { [HEARS_AMAZON_LINUX]: { 'Fn::Or': groups } };
}

/** The ARNs of the change calendars that recipes use. */
export function calendarsOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ freeze }) => freeze?.changeCalendars ?? []);
  return [arn(ACCOUNT, 'document/golden-image-*'), ...distinct(named.map((name) => arnOf('document', name)))];
}

/** The ARNs of the Auto Scaling groups that recipes refresh. A policy needs at least one resource. */
export function refreshedGroupsOf(recipes: readonly Recipe[]): Arn[] {
  const groups = recipes.flatMap(({ publish }) => publish.instanceRefresh ?? []);
  const named = groups.map(({ region, autoScalingGroup }) => groupArn(region, autoScalingGroup));
  return distinct([groupArn('*', 'golden-image-*'), ...named]);
}

/** CloudFormation would replace `${` in a name. */
const groupArn = (region: string, name: string): Arn => ({
  'Fn::Sub': `arn:aws:autoscaling:${region}:\${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/${name.replaceAll('${', '?{')}`,
});

/**
 * The document with a Fn::Join instead of each `${`. Otherwise Serverless would replace PowerShell's `${env:NAME}` with a variable of the
 * packaging machine. CloudFormation joins the two characters.
 */
function withoutVariables(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value === 'string') {
    const parts = value.split(/(?<=\$)(?=\{)/);
    return parts.length === 1 ? value : { 'Fn::Join': ['', parts] };
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutVariables(item)]));
}

/** A complete ARN, or an ARN with variables for CloudFormation. */
type Arn = string | { readonly 'Fn::Sub': string };

/** The SSM parameters that Plan can read: public parameters, and parameters that a recipe uses. */
export function parametersOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ base }) => ('ssmParameter' in base ? [base.ssmParameter] : []));
  const own = named
    .filter((name) => !name.startsWith('/aws/service/'))
    .map((name) => arnOf('parameter', name));
  return [arn('', 'parameter/aws/service/*'), ...distinct(own)];
}

/** The SSM documents that a build can read: documents of AWS, documents of this pipeline, and documents that a recipe uses. */
export function documentsOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ steps, tests }) =>
    [...steps, ...tests].flatMap((step) => ('document' in step ? [step.document] : [])),
  );
  // An account cannot create documents with these prefixes (SSM API reference, CreateDocument).
  const others = named.filter((name) => !/^(aws|amazon|amzn)/i.test(name));
  return [
    arn('', 'document/*'),
    arn(ACCOUNT, 'document/golden-image-*'),
    ...distinct(others.map((name) => arnOf('document', name))),
  ];
}

/** The ARN for a name. In an ARN, the name of a parameter has no leading slash, and no version or label. */
function arnOf(kind: 'document' | 'parameter', name: string): Arn {
  if (name.startsWith('arn:')) return name.replace(/^(arn(?::[^:]*){5}):.*$/, '$1');
  const [bare = name] = name.replace(/^\//, '').split(':');
  return arn(ACCOUNT, `${kind}/${bare}`);
}

/** CloudFormation replaces this variable. */
const ACCOUNT = `\${AWS::AccountId}`;

/** The ARN of a Systems Manager resource in the region of the deployment. Resources of AWS have no account. */
const arn = (account: string, resource: string): Arn => ({
  'Fn::Sub': `arn:aws:ssm:\${AWS::Region}:${account}:${resource}`,
});

function distinct(arns: readonly Arn[]): Arn[] {
  return [...new Map(arns.map((one) => [JSON.stringify(one), one])).values()];
}
