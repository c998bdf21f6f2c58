import { describe, expect, it } from 'vitest';
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

const recipe = (changes: object) => recipeFile({ ...plainRecipe, ...changes }).recipe;
const named = (ssmParameter: string) => recipe({ base: { ssmParameter } });
const document = (name: string) => recipe({ steps: [{ name: 'a step', document: name }] });
/** The ARN of a Systems Manager resource of AWS or of the own account. */
const arn = (account: 'AWS' | 'own', resource: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:${account === 'AWS' ? '' : `\${AWS::AccountId}`}:${resource}`,
});
const PUBLIC = arn('AWS', 'parameter/aws/service/*');
const AWS_AND_OURS = [arn('AWS', 'document/*'), arn('own', 'document/golden-image-*')];

describe('the parameters that Plan can read', () => {
  it.each([
    ['/aws/service/debian/release/12/latest/amd64', []],
    ['base', [arn('own', 'parameter/base')]],
    ['/images/base:3', [arn('own', 'parameter/images/base')]],
    [
      'arn:aws:ssm:eu-west-1:314159265358:parameter/images/base:stable',
      ['arn:aws:ssm:eu-west-1:314159265358:parameter/images/base'],
    ],
  ])('with the base %s', (name, own) => {
    expect(parametersOf([named(name), named(name)])).toEqual([PUBLIC, ...own]);
  });

  it('are the public parameters if no recipe uses a parameter', () => {
    expect(parametersOf([])).toEqual([PUBLIC]);
    expect(parametersOf([recipe({ base: { imageId: 'ami-0123456789abcdef0' } })])).toEqual([PUBLIC]);
  });
});

describe('the documents that a build can read', () => {
  it.each([
    ['AWS-ConfigureAWSPackage', []],
    ['AmazonCloudWatch-ManageAgent', []],
    ['harden', [arn('own', 'document/harden')]],
    [
      'arn:aws:ssm:eu-west-1:314159265358:document/harden',
      ['arn:aws:ssm:eu-west-1:314159265358:document/harden'],
    ],
  ])('with a step that runs %s', (name, own) => {
    expect(documentsOf([document(name), document(name)])).toEqual([...AWS_AND_OURS, ...own]);
  });
});

describe('the documents with steps of recipes', () => {
  it('do not exist for a recipe without steps', () => {
    expect(stepsDocumentsOf([recipe({})])).toEqual({});
  });

  it('keep text that looks like variables of Serverless', () => {
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

  it('stay when the recipe changes or is removed, and never have the same name as a former document', () => {
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
    // CloudFormation cannot create a document with the name of a former document. Without a name, CloudFormation generates a unique name.
    expect(StepsOfplain).not.toHaveProperty('Properties.Name');
    expect(StepsOfplain).not.toHaveProperty('Properties.UpdateMethod');
  });
});

describe('the subscription to the Amazon Linux topic', () => {
  const following = recipe({ rebuildOnNewBase: true });

  it('exists if a recipe follows Amazon Linux, except in regions that SNS does not deliver to', () => {
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

  it('has a condition that CloudFormation accepts: 2 to 10 entries in each Fn::Or', () => {
    const { HearsAmazonLinux } = conditionsOf([following]) as { HearsAmazonLinux: { 'Fn::Or': object[] } };
    const counts = HearsAmazonLinux['Fn::Or'].map((one) => Object.values(one)[0].length);
    for (const count of [...counts, counts.length]) {
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThanOrEqual(10);
    }
  });
});
