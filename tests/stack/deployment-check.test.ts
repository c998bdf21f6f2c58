import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkDeployment, type DeploymentSettings, regionOfStage } from '../../scripts/deployment-check.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const params = {
  default: {
    region: null,
    vpc: null,
    subnets: null,
    permissionsBoundary: null,
    email: null,
    forwardingAccounts: null,
    forwardingOrganization: null,
  },
};
const VPC = 'vpc=vpc-0123456789abcdef0';
const SUBNETS = 'subnets=subnet-0123456789abcdef0,subnet-0123456789abcdef1';

const withShare = (share: object) => ({
  path: 'recipes/plain.yml',
  ...recipeFile({ ...plainRecipe, share }),
});
const own = withShare({ accounts: ['314159265358'] });

const check = (changes: Partial<DeploymentSettings>) =>
  checkDeployment({
    stage: 'prod',
    region: 'eu-central-1',
    given: [],
    params,
    recipes: [own],
    deploys: true,
    ...changes,
  }).map(({ file, field, found, fix }) => [`${file} ${field}`, found, fix]);

describe('a deployment', () => {
  it.each<[string, Partial<DeploymentSettings>]>([
    ['without parameters', {}],
    ['in a VPC', { given: [VPC, SUBNETS] }],
    [
      'with a permissions boundary of AWS',
      { given: ['permissionsBoundary=arn:aws:iam::aws:policy/PowerUserAccess'] },
    ],
    ['with an email address', { given: ['email=platform@some-company.com'] }],
    [
      'with parameters of its stage',
      {
        params: { ...params, prod: { region: 'eu-central-1', vpc: VPC.slice(4), subnets: SUBNETS.slice(8) } },
      },
    ],
    ['with a region of another stage', { params: { ...params, test: { region: 'us-east-1' } } }],
    ['with forwarding accounts', { given: ['forwardingAccounts=314159265358,271828182845'] }],
    ['with a forwarding organization', { given: ['forwardingOrganization=o-a1b2c3d4e5'] }],
    ['that shares with no account', { recipes: [withShare({})] }],
    ['without recipes', { recipes: [] }],
  ])('%s is valid', (_, changes) => {
    expect(check(changes)).toEqual([]);
  });

  it('prefers command-line parameters to parameters of the stage, and parameters of the stage to the default', () => {
    const wrong = { default: { ...params.default, email: 'default' }, prod: { email: 'stage' } };
    expect(check({ params: wrong })).toEqual([
      ['serverless.yml params.prod.email', '"stage"', expect.any(String)],
    ]);
    expect(check({ params: wrong, stage: 'test' })).toEqual([
      ['serverless.yml params.default.email', '"default"', expect.any(String)],
    ]);
    expect(check({ params: wrong, given: ['email=given'] })).toEqual([
      ['the command line --param email', '"given"', expect.any(String)],
    ]);
  });

  it.each<[string, Partial<DeploymentSettings>, string, string | RegExp]>([
    ['a stage in capitals', { stage: 'PROD' }, 'the command line --stage', '"PROD"'],
    ['a stage without a name', { stage: '' }, 'the command line --stage', '""'],
    [
      'an unknown region',
      { region: 'eu-centrl-1' },
      'the command line --region',
      /not a region of the aws partition/,
    ],
    [
      'a region of another partition',
      { region: 'cn-north-1' },
      'the command line --region',
      /not a region of the aws/,
    ],
    ['an unknown parameter', { given: ['vpcs=x'] }, 'the command line --param vpcs', 'an unknown parameter'],
    ['a parameter without a name', { given: ['=x'] }, 'the command line --param ', 'an unknown parameter'],
    [
      'an unknown parameter of another stage',
      { params: { ...params, test: { subnet: 'x' } } },
      'serverless.yml params.test.subnet',
      'an unknown parameter',
    ],
    ['a parameter without a value', { given: ['email'] }, 'the command line --param email', 'no value'],
    [
      'a list of email addresses',
      { given: ['email=a@b.de,c@d.de'] },
      'the command line --param email',
      /a@b/,
    ],
    [
      'a permissions boundary by name',
      { given: ['permissionsBoundary=PowerUser'] },
      'the command line --param permissionsBoundary',
      /Power/,
    ],
    [
      'a VPC with the id of a subnet',
      { given: ['vpc=subnet-0123456789abcdef0', SUBNETS] },
      'the command line --param vpc',
      /subnet/,
    ],
    ['subnets with spaces', { given: [VPC, `${SUBNETS}, `] }, 'the command line --param subnets', /subnet/],
    [
      'a subnet twice',
      { given: [VPC, 'subnets=subnet-01234567,subnet-01234567'] },
      'the command line --param subnets',
      /twice/,
    ],
    [
      'an account number that is too short',
      { given: ['forwardingAccounts=31415926535'] },
      'the command line --param forwardingAccounts',
      /31415/,
    ],
    [
      'accounts with spaces',
      { given: ['forwardingAccounts=314159265358, 271828182845'] },
      'the command line --param forwardingAccounts',
      /314159265358, /,
    ],
    [
      'an account twice',
      { given: ['forwardingAccounts=314159265358,314159265358'] },
      'the command line --param forwardingAccounts',
      /twice/,
    ],
    [
      'an account number that YAML reads as a number',
      { params: { ...params, prod: { forwardingAccounts: 314159265358 } } },
      'serverless.yml params.prod.forwardingAccounts',
      /not a string/,
    ],
    [
      'an account instead of an organization',
      { given: ['forwardingOrganization=314159265358'] },
      'the command line --param forwardingOrganization',
      /3141/,
    ],
    [
      'an example account that may forward',
      { given: ['forwardingAccounts=314159265358,111122223333'] },
      'the command line --param forwardingAccounts',
      /"111122223333", an example/,
    ],
    [
      'an example organization',
      { given: ['forwardingOrganization=o-exampleorgid'] },
      'the command line --param forwardingOrganization',
      /an example/,
    ],
    [
      'the region of another stage',
      { params: { ...params, prod: { region: 'eu-west-1' } } },
      'the command line --region',
      '"eu-central-1", but params.prod.region in serverless.yml is "eu-west-1"',
    ],
    [
      'subnets of another region',
      {
        params: {
          ...params,
          prod: { region: 'eu-west-1', vpc: VPC.slice(4), subnets: SUBNETS.slice(8) },
        },
      },
      'the command line --region',
      /"eu-central-1", but/,
    ],
    [
      'subnets in serverless.yml without a region',
      { params: { ...params, prod: { vpc: VPC.slice(4), subnets: SUBNETS.slice(8) } } },
      'serverless.yml params.prod.subnets',
      /subnets without a region/,
    ],
    ['a VPC alone', { given: [VPC] }, 'the command line --param vpc', 'a VPC without subnets'],
    ['subnets alone', { given: [SUBNETS] }, 'the command line --param subnets', 'subnets without a VPC'],
  ])('is refused with %s', (_, changes, place, found) => {
    expect(check(changes)).toEqual([[place, expect.stringMatching(found), expect.any(String)]]);
  });

  it.each([
    [{ accounts: ['111122223333'] }, 'share.accounts[0]'],
    [{ accounts: ['314159265358', '999999999999'] }, 'share.accounts[1]'],
    [
      { organizations: ['arn:aws:organizations::314159265358:organization/o-exampleorgid'] },
      'share.organizations[0]',
    ],
    [
      { organizationalUnits: ['arn:aws:organizations::123456789012:ou/o-abcdefghij/ou-abcd-abcdefgh'] },
      'share.organizationalUnits[0]',
    ],
  ])('is refused if it shares with examples: %j', (share, field) => {
    const recipes = [withShare(share)];
    const problem = [
      `recipes/plain.yml ${field}`,
      expect.stringContaining('documentation'),
      expect.any(String),
    ];
    expect(check({ recipes })).toEqual([problem]);
    expect(check({ recipes, deploys: false })).toEqual([problem]);
    expect(check({ recipes, stage: 'dev' })).toEqual([problem]);
    expect(check({ recipes, stage: 'dev', deploys: false })).toEqual([]);
  });
});

describe('the region of a stage', () => {
  const place = { stage: 'prod', given: [], params: { ...params, prod: { region: 'eu-west-1' } } };

  it('comes from the command line or from the stage, or is undefined', () => {
    expect(regionOfStage(place)).toBe('eu-west-1');
    expect(regionOfStage({ ...place, stage: 'test' })).toBeUndefined();
    expect(regionOfStage({ ...place, given: ['region=us-west-2'] })).toBe('us-west-2');
  });

  it('is refused in serverless.yml and on the command line if it does not exist', () => {
    const wrong = { ...place, params: { ...params, prod: { region: 'eu-wst-1' } }, region: 'eu-wst-1' };
    expect(check(wrong)).toEqual([
      [
        'the command line --region',
        expect.stringContaining('not a region of the aws partition'),
        'did you mean eu-west-1?',
      ],
      [
        'serverless.yml params.prod.region',
        expect.stringContaining('not a region of the aws partition'),
        'did you mean eu-west-1?',
      ],
    ]);
  });
});

const { params: ours } = parse(readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8'));

it.each(Object.keys(ours.default))('checks the value of %s', (name) => {
  const problems = check({ given: [`${name}=?`], params: ours });
  expect(problems.map(([place]) => place)).toContain(`the command line --param ${name}`);
});
