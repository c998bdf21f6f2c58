import { join } from 'node:path';
import { RECIPE, STEPS } from '../shared/build/tags.ts';
import { AMAZON_LINUX_TOPIC, followsAmazonLinux } from '../shared/recipe/amazon-linux.ts';
import { openRecipes } from '../shared/recipe/open-recipe.ts';
import { describeProblem } from '../shared/recipe/problem.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { regions } from '../shared/recipe/regions.ts';
import { scheduleOf } from '../shared/recipe/schedule.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';

/**
 * What of the CloudFormation template follows from the recipes: their steps as SSM documents, and the ARNs of what they name, to which
 * permissions are narrowed. `stack/from-recipes.js` hands it to Serverless.
 */

/** Every recipe that the functions are packaged with, or an error with all that is wrong in any of them. */
export function readRecipes(): Recipe[] {
  const opened = openRecipes(join(import.meta.dirname, '..'), new Date());
  if ('problems' in opened) throw new Error(opened.problems.map(describeProblem).join('\n'));
  return opened.map(({ recipe }) => recipe);
}

/**
 * The recipes' steps as CloudFormation resources, by their logical ids. Other content is another document, and the former one stays: a
 * build under way may have planned with it (functions/find-leftovers.ts removes it later). So they have no names of their own here: a
 * recipe that is changed back would ask for a name that its former document still has.
 */
export function stepsDocumentsOf(recipes: readonly Recipe[]): Record<string, object> {
  const resources = recipes.flatMap((recipe) => {
    const document = stepsDocument(recipe);
    if (document === undefined) return [];
    const resource = {
      Type: 'AWS::SSM::Document',
      // But not what a deployment made that was rolled back.
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
    return [[logicalId('StepsOf', recipe.name), resource] as const];
  });
  return Object.fromEntries(resources);
}

/** A logical id has letters and digits only; no recipe's own name has a capital D. */
const logicalId = (kind: string, recipe: string): string => `${kind}${recipe.replaceAll('-', 'Dash')}`;

/** What is delivered is tried for a day and up to 185 times, the most that there is, and then goes to the dead-letter queue. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };
const DEAD_LETTERS = { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } };

/** The recipes' schedules. */
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

/** Amazon Linux's topic wakes the watcher, where a recipe is built on Amazon Linux 2023 and wants to know, and the topic can. */
export function subscriptionsOf(recipes: readonly Recipe[]): Record<string, object> {
  if (!recipes.some(followsAmazonLinux)) return {};
  const watch = { 'Fn::GetAtt': ['WatchLambdaFunction', 'Arn'] };
  return {
    AmazonLinuxSubscription: {
      Type: 'AWS::SNS::Subscription',
      Condition: HEARS_AMAZON_LINUX,
      // The topic is in this region alone, whatever the deployment's is.
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

/** The most that `Fn::Or` takes. */
const OR_MAX = 10;

/**
 * SNS delivers from the topic's region to functions only in regions that no account has to enable (SNS developer guide, "Prerequisites
 * for integrating Amazon SNS with Lambda functions across regions"). In the others the watcher's own looks must do.
 */
export function conditionsOf(recipes: readonly Recipe[]): Record<string, object> {
  if (!recipes.some(followsAmazonLinux)) return {};
  const heard = Object.entries(regions).flatMap(([region, { optIn }]) =>
    optIn ? [] : [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, region] }],
  );
  const some = Array.from({ length: Math.ceil(heard.length / OR_MAX) }, (_, index) => ({
    'Fn::Or': heard.slice(index * OR_MAX, (index + 1) * OR_MAX),
  }));
  return { [HEARS_AMAZON_LINUX]: { 'Fn::Or': some } };
}

/** The Change Calendars that recipes name. */
export function calendarsOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ freeze }) => freeze?.changeCalendars ?? []);
  return [arn(ACCOUNT, 'document/golden-image-*'), ...distinct(named.map((name) => arnOf('document', name)))];
}

/**
 * The same document without `${` in any text: Serverless would put the packaging machine's variable in place of PowerShell's
 * `${env:NAME}`, and others of its own, so CloudFormation is left to join the two characters.
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

/** In full, or for CloudFormation to fill in. */
type Arn = string | { readonly 'Fn::Sub': string };

/** The SSM parameters that Plan may read: public ones, and those that a recipe names. */
export function parametersOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ base }) => ('ssmParameter' in base ? [base.ssmParameter] : []));
  const own = named
    .filter((name) => !name.startsWith('/aws/service/'))
    .map((name) => arnOf('parameter', name));
  return [arn('', 'parameter/aws/service/*'), ...distinct(own)];
}

/** The SSM documents that a build may read: AWS's, our own, and those that a recipe names. */
export function documentsOf(recipes: readonly Recipe[]): Arn[] {
  const named = recipes.flatMap(({ steps }) =>
    steps.flatMap((step) => ('document' in step ? [step.document] : [])),
  );
  // No document of an account may begin so (SSM API reference, CreateDocument).
  const others = named.filter((name) => !/^(aws|amazon|amzn)/i.test(name));
  return [
    arn('', 'document/*'),
    arn(ACCOUNT, 'document/golden-image-*'),
    ...distinct(others.map((name) => arnOf('document', name))),
  ];
}

/** An ARN has no leading slash in a parameter's name, and no version or label after it. */
function arnOf(kind: 'document' | 'parameter', name: string): Arn {
  if (name.startsWith('arn:')) return name.replace(/^(arn(?::[^:]*){5}):.*$/, '$1');
  const [bare = name] = name.replace(/^\//, '').split(':');
  return arn(ACCOUNT, `${kind}/${bare}`);
}

/** What CloudFormation fills in. */
const ACCOUNT = `\${AWS::AccountId}`;

/** The ARN of something of Systems Manager in the region of the deployment; what is AWS's own has no account. */
const arn = (account: string, resource: string): Arn => ({
  'Fn::Sub': `arn:aws:ssm:\${AWS::Region}:${account}:${resource}`,
});

function distinct(arns: readonly Arn[]): Arn[] {
  return [...new Map(arns.map((one) => [JSON.stringify(one), one])).values()];
}
