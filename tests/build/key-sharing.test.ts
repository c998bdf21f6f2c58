import { describe, expect, test } from 'vitest';
import type { KeyInUse } from '../../shared/build/encryption-key.ts';
import { keyConsumerRefusals } from '../../shared/build/key-sharing.ts';
import { useStatements } from '../../shared/build/key-statements.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { statementsIn } from '../simulated-keys.ts';

const [first, second] = ['111122223333', '444455556666'] as const;
const arn = (region: string) => `arn:aws:kms:${region}:999988887777:key/0f3a8e1c-0000-4000-8000-000000000001`;
const nobody = { accounts: [], organizations: [], organizationalUnits: [] };

/** The console's statements for another account: it may create grants only for AWS's resources. */
const byHand = (...accounts: string[]) =>
  useStatements({ ...nobody, accounts }).map((statement) => ({
    ...statement,
    Condition: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } },
  }));

function refusals(
  share: object,
  Statement: object[],
  { regions = ['us-east-1'], by = 'recipe' }: { regions?: string[]; by?: KeyInUse['by'] } = {},
): string[] {
  const policy = JSON.stringify({ Statement });
  const keys = regions.map(
    (region): KeyInUse => ({
      ...{ region, by, isHome: region === 'us-east-1' },
      key: {
        ...{ id: arn(region), manager: 'customer', state: 'Enabled', isSymmetric: true },
        ...{ use: { is: 'allowed' }, policy },
      },
    }),
  );
  return keyConsumerRefusals(recipeFile({ ...plainRecipe, share }).recipe, keys);
}

const grantCommand = (account: string, region = 'us-east-1') =>
  `aws kms create-grant --region ${region} --key-id ${arn(region)} --grantee-principal ` +
  `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling ` +
  '--operations Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant';

describe('a key whose policy allows grants only for AWS resources', () => {
  test('is refused for Auto Scaling, and the statement in the message is enough', () => {
    const share = { accounts: [first] };
    const [message = '', ...more] = refusals(share, byHand(first));
    expect(more).toEqual([]);
    expect(message).toContain(
      `the policy of this key does not let ${first} (share) create the grant for Auto Scaling, without which they can launch the image ` +
        'only by hand: add this statement to its policy (aws kms put-key-policy): ',
    );
    expect(message).toMatch(new RegExp(`create the grant in each account: ${grantCommand(first)}$`));
    const statements = statementsIn(message);
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: [first] },
        Action: ['kms:CreateGrant'],
        Resource: '*',
        Condition: {
          StringLike: {
            'kms:GranteePrincipal': 'arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/*',
          },
        },
      },
    ]);
    expect(refusals(share, [...byHand(first), ...statements])).toEqual([]);
  });

  test('is refused apart from accounts that cannot use the key at all', () => {
    const messages = refusals({ accounts: [first, second] }, byHand(first));
    expect(messages).toEqual([
      expect.stringContaining(
        `does not let ${second} (share) launch the image and create the grant for Auto Scaling: `,
      ),
      expect.stringContaining(`does not let ${first} (share) create the grant for Auto Scaling, `),
    ]);
  });
});

describe('the refusal of a key', () => {
  test('names the command for each account and key', () => {
    const regions = ['us-east-1', 'eu-west-1'];
    const [message] = refusals({ accounts: [first, second] }, [], { regions });
    for (const account of [first, second]) {
      for (const region of regions) expect(message).toContain(grantCommand(account, region));
    }
  });

  test('names at most ten commands, and a placeholder for the accounts of an organization', () => {
    const accounts = Array.from({ length: 12 }, (_, index) => String(111122223333 + index));
    const [message = ''] = refusals({ accounts }, []);
    expect(message.match(/aws kms create-grant/g)).toHaveLength(10);
    expect(message).toMatch(/; and 2 more for other accounts$/);
    const organization = 'arn:aws:organizations::210987654321:organization/o-exampleorgid';
    expect(refusals({ organizations: [organization] }, [])[0]).toContain(grantCommand('<account>'));
  });

  test('of the stack names the commands that update the keys', () => {
    const [message] = refusals({ accounts: [first] }, [], {
      regions: ['us-east-1', 'eu-west-1'],
      by: 'stack',
    });
    expect(message).toContain(
      ': deploy the recipe with them in share (npm run deploy; aws cloudformation deploy --region eu-west-1 --stack-name golden-image-keys --template-file ' +
        '.serverless/keys.json), or add this statement to each policy (aws kms put-key-policy): ',
    );
  });
});
