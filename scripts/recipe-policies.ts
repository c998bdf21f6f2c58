import type { Recipe } from '../shared/recipe/recipe.ts';

/**
 * The policies that only some recipes need, as CloudFormation resources. They name exactly the roles and the launch templates of the packaged
 * recipes. Without such recipes, no function has these permissions.
 */
export function policiesOf(recipes: readonly Recipe[]): Record<string, object> {
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

const allow = (Action: string[], arns: readonly string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: arns.map((one) => ({ 'Fn::Sub': one })),
});

const policy = (Description: string, functions: readonly string[], Statement: readonly object[]) => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Description,
    Roles: functions.map((name) => ({ Ref: `${name}Role` })),
    PolicyDocument: { Version: '2012-10-17', Statement },
  },
});

const distinct = (values: readonly string[]): string[] => [...new Set(values)].toSorted();
