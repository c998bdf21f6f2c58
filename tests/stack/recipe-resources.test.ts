import { describe, expect, it } from 'vitest';
import { policiesOf } from '../../scripts/recipe-policies.ts';
import {
  conditionsOf,
  documentsOf,
  parametersOf,
  stepsDocumentsOf,
  subscriptionsOf,
} from '../../scripts/recipe-resources.ts';
import { stepsDocument } from '../../shared/recipe/steps-document.ts';
import { evaluate } from '../artefact/intrinsics.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import type { Statement } from './packaged.ts';
import { recipePermissions } from './permission-table.ts';

const recipe = (changes: object) => recipeFile({ ...plainRecipe, ...changes }).recipe;
const named = (ssmParameter: string) => recipe({ base: { ssmParameter } });
const document = (name: string) => recipe({ steps: [{ name: 'a step', document: name }] });
/** The ARN of a Systems Manager resource of the account or of AWS. */
const arn = (account: 'AWS' | 'own', resource: string) => ({
  'Fn::Sub': `arn:aws:ssm:\${AWS::Region}:${account === 'AWS' ? '' : `\${AWS::AccountId}`}:${resource}`,
});
const PUBLIC = arn('AWS', 'parameter/aws/service/*');
const AWS_AND_OWN = [arn('AWS', 'document/*'), arn('own', 'document/golden-image-*')];

describe('the parameters that Plan may read', () => {
  it.each([
    ['/aws/service/debian/release/12/latest/amd64', []],
    ['base', [arn('own', 'parameter/base')]],
    ['/images/base:3', [arn('own', 'parameter/images/base')]],
    [
      'arn:aws:ssm:eu-west-1:314159265358:parameter/images/base:stable',
      ['arn:aws:ssm:eu-west-1:314159265358:parameter/images/base'],
    ],
  ])('are the public parameters, and those of the base %s', (name, own) => {
    expect(parametersOf([named(name), named(name)])).toEqual([PUBLIC, ...own]);
  });

  it('are the public parameters if no recipe names a parameter', () => {
    expect(parametersOf([])).toEqual([PUBLIC]);
    expect(parametersOf([recipe({ base: { imageId: 'ami-0123456789abcdef0' } })])).toEqual([PUBLIC]);
  });
});

describe('the documents that a build may read', () => {
  it.each([
    ['AWS-ConfigureAWSPackage', []],
    ['AmazonCloudWatch-ManageAgent', []],
    ['harden', [arn('own', 'document/harden')]],
    [
      'arn:aws:ssm:eu-west-1:314159265358:document/harden',
      ['arn:aws:ssm:eu-west-1:314159265358:document/harden'],
    ],
  ])('include the document of a step that runs %s', (name, own) => {
    expect(documentsOf([document(name), document(name)])).toEqual([...AWS_AND_OWN, ...own]);
  });
});

describe("the documents of the recipes' steps", () => {
  it('do not exist for a recipe without steps', () => {
    expect(stepsDocumentsOf([recipe({})])).toEqual({});
  });

  it('keep text that looks like a variable of Serverless', () => {
    const shell = `echo \${env:PATH} \${HOME:-none}$\n{ true; }`;
    const scripted = recipe({ name: 'a-b', steps: [{ name: 'a step', shell }] });
    const { StepsOfaDashb } = stepsDocumentsOf([scripted]);
    const lines = [{ 'Fn::Join': ['', ['echo $', '{env:PATH} $', '{HOME:-none}$']] }, '{ true; }'];
    expect(StepsOfaDashb).toMatchObject({
      Properties: {
        Content: { mainSteps: [{ inputs: { runCommand: expect.arrayContaining(lines) } }] },
      },
    });
  });

  it('are retained when the recipe changes or is removed, and never have the name of a retained document', () => {
    const scripted = recipe({ steps: [{ name: 'a step', shell: 'true' }] });
    const { StepsOfplain } = stepsDocumentsOf([scripted]);
    expect(StepsOfplain).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Tags: [
          { Key: 'golden-image:recipe', Value: 'plain' },
          { Key: 'golden-image:steps', Value: stepsDocument(scripted)?.digest },
        ],
      },
    });
    // CloudFormation cannot create a document with the name of a retained document. Without a name, CloudFormation generates a new one.
    expect(StepsOfplain).not.toHaveProperty('Properties.Name');
    expect(StepsOfplain).not.toHaveProperty('Properties.UpdateMethod');
  });
});

describe("the subscription to Amazon Linux's topic", () => {
  const following = recipe({ rebuildOnNewBase: true });

  it('exists if a recipe follows Amazon Linux, and only in regions that SNS delivers to', () => {
    expect(subscriptionsOf([recipe({})])).toEqual({});
    expect(conditionsOf([recipe({})])).toEqual({});
    const { HearsAmazonLinux } = conditionsOf([following]);
    for (const resource of Object.values(subscriptionsOf([following])))
      expect(resource).toMatchObject({ Condition: 'HearsAmazonLinux' });
    const hears = (region: string) =>
      evaluate(HearsAmazonLinux, {
        ref: () => region,
        attribute: () => undefined,
        holds: () => false,
        zones: () => [],
      });
    expect(['us-east-1', 'eu-central-1', 'us-west-2'].map(hears)).toEqual([true, true, true]);
    expect(['eu-south-1', 'ap-east-1', 'me-central-1'].map(hears)).toEqual([false, false, false]);
  });

  it('has a condition that CloudFormation accepts: 2 to 10 conditions in each Fn::Or', () => {
    const { HearsAmazonLinux } = conditionsOf([following]) as { HearsAmazonLinux: { 'Fn::Or': object[] } };
    const counts = HearsAmazonLinux['Fn::Or'].map((one) => Object.values(one)[0].length);
    for (const count of [...counts, counts.length]) {
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThanOrEqual(10);
    }
  });
});

describe('the policies for publishing', () => {
  const role = 'arn:aws:iam::111122223333:role/pointers';
  const template = { region: 'eu-west-1', id: 'lt-0123456789abcdef0' };
  const statementsOf = (policies: Record<string, object>) =>
    Object.values(policies as Record<string, { Properties: Policy }>).flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.map((statement) => ({ ...statement, roles: Properties.Roles })),
    );
  interface Policy {
    readonly Roles: { Ref: string }[];
    readonly PolicyDocument: { Statement: Statement[] };
  }

  it('do not exist if no recipe needs them', () => {
    expect(policiesOf([recipe({})])).toEqual({});
  });

  it('name exactly the roles and the launch templates of the recipes', () => {
    const publish = { roles: [role], launchTemplates: [template] };
    const statements = statementsOf(policiesOf([recipe({ publish }), recipe({ publish })]));
    const resources = new Map(
      statements.flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, Resource])),
    );
    const arn = { 'Fn::Sub': `arn:aws:ec2:eu-west-1:\${AWS::AccountId}:launch-template/${template.id}` };
    expect(Object.fromEntries(resources)).toEqual({
      'sts:AssumeRole': [role],
      'ec2:CreateLaunchTemplateVersion': [arn],
      'ec2:DeleteLaunchTemplateVersions': [arn],
      'ec2:ModifyLaunchTemplate': [arn],
      'ec2:DescribeLaunchTemplateVersions': '*',
    });
  });

  it('are those of the table', () => {
    const publish = { roles: [role], launchTemplates: [template] };
    const functions: Record<string, string[]> = {};
    for (const { Action, roles } of statementsOf(policiesOf([recipe({ publish })]))) {
      const keys = roles.map(({ Ref }) => Ref.charAt(0).toLowerCase() + Ref.slice(1).replace(/Role$/, ''));
      for (const action of [Action].flat())
        functions[action] = [...(functions[action] ?? []), ...keys].toSorted();
    }
    expect(functions).toEqual(recipePermissions());
  });
});
