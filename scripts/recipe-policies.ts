import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import type { Problem } from '../shared/recipe/problem.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { problemAt } from './recipe-problem.ts';

interface Policy {
  readonly Type: string;
  readonly Properties: {
    readonly Description: string;
    readonly Roles: readonly object[];
    readonly PolicyDocument: { readonly Version: string; readonly Statement: readonly object[] };
  };
}

/**
 * The policies that only some recipes need, as CloudFormation resources. They name exactly the roles and the launch templates of the packaged
 * recipes. Without such recipes, no function has these permissions.
 */
export function policiesOf(recipes: readonly Recipe[]): Record<string, Policy> {
  const published = recipes.map(({ publish }) => publish);
  const roles = distinct(published.flatMap((one) => one.roles));
  const templates = distinct(
    published.flatMap(({ launchTemplates }) =>
      launchTemplates.map(
        ({ region, id }) => `arn:aws:ec2:${region}:\${AWS::AccountId}:launch-template/${id}`,
      ),
    ),
  );
  return {
    ...(roles.length > 0 && {
      ConsumerAccountsPolicy: policy(
        'Lets functions of golden-image write the parameters in consumer accounts',
        ['Plan', 'PlanDistribution', 'Publish', 'MoveChannel', 'CleanUp'],
        [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roles }],
      ),
    }),
    ...(templates.length > 0 && {
      LaunchTemplatesReadPolicy: policy(
        'Lets functions of golden-image read launch templates',
        ['Plan', 'PlanDistribution', 'Publish', 'MoveChannel', 'CleanUp'],
        // This list action supports no resources.
        [{ Effect: 'Allow', Action: 'ec2:DescribeLaunchTemplateVersions', Resource: '*' }],
      ),
      LaunchTemplatesPolicy: policy(
        'Lets functions of golden-image create versions of launch templates',
        ['Publish', 'MoveChannel'],
        [allow(['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate'], templates)],
      ),
      LaunchTemplatesUndoPolicy: policy(
        'Lets the function cleanUp of golden-image put launch templates back',
        ['CleanUp'],
        [allow(['ec2:DeleteLaunchTemplateVersions', 'ec2:ModifyLaunchTemplate'], templates)],
      ),
    }),
  };
}

/** IAM does not count white space (IAM user guide, "IAM and AWS STS quotas", managed policies). This quota cannot be increased. */
const POLICY_CHARACTERS_MAX = 6_144;

/** The problems of recipes whose policies would be longer than IAM allows. Otherwise the deployment would fail in its middle. */
export function checkPolicies(recipes: readonly OpenedRecipe[]): Problem[] {
  const policies = Object.values(policiesOf(recipes.map(({ recipe }) => recipe)));
  return LISTS.flatMap(({ list, action, what, fix }) => {
    const lengths = policies
      .map(lengthOf)
      .flatMap(({ text, length }) => (text.includes(action) ? length : []));
    const length = Math.max(...lengths, 0);
    if (length <= POLICY_CHARACTERS_MAX) return [];
    const naming = recipes.filter(({ recipe }) => recipe.publish[list].length > 0);
    const counts = naming.map(({ path, recipe }) => `${path} ${recipe.publish[list].length}`);
    return naming.slice(-1).map((last) =>
      problemAt(last, ['publish', list], {
        found: `${what} of all recipes (${counts.join(', ')}), for which a policy would have ${length} characters`,
        allowed: `at most ${POLICY_CHARACTERS_MAX} characters, which is a quota of IAM for a managed policy`,
        fix,
      }),
    );
  });
}

const LISTS = [
  {
    list: 'roles',
    action: 'sts:AssumeRole',
    what: 'the roles',
    fix: 'use roles with shorter names, or remove roles from recipes',
  },
  {
    list: 'launchTemplates',
    action: 'ec2:ModifyLaunchTemplate',
    what: 'the launch templates',
    fix: 'remove launch templates: a launch template whose image is resolve:ssm:/golden-images/… needs no new versions',
  },
] as const;

/** The document as IAM gets it. */
function lengthOf({ Properties: { PolicyDocument } }: Policy): { text: string; length: number } {
  const text = JSON.stringify(PolicyDocument)
    .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
    .replaceAll(`\${AWS::AccountId}`, '999988887777');
  return { text, length: text.length };
}

const allow = (Action: string[], arns: readonly string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: arns.map((one) => ({ 'Fn::Sub': one })),
});

const policy = (Description: string, functions: readonly string[], Statement: readonly object[]): Policy => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Description,
    Roles: functions.map((name) => ({ Ref: `${name}Role` })),
    PolicyDocument: { Version: '2012-10-17', Statement },
  },
});

const distinct = (values: readonly string[]): string[] => [...new Set(values)].toSorted();
