import { ListCoverageCommand, ListFindingsCommand } from '@aws-sdk/client-inspector2';
import { expect, test } from 'vitest';
import { ACCOUNT } from '../simulated-ssm.ts';
import { simulateInspector } from './simulated-inspector.ts';

const OTHER = '111122223333';

test('a new account scans nothing, and its lists are empty', async () => {
  const { status, online, pass, coverage, findings } = simulateInspector();
  const id = await online('amazon-linux-2023');
  await pass(7200);
  expect((await status()).accounts).toMatchObject([
    { accountId: ACCOUNT, state: { status: 'DISABLED' }, resourceState: { ec2: { status: 'DISABLED' } } },
  ]);
  expect(await coverage(id)).toEqual([]);
  expect(await findings()).toEqual([]);
});

test('scan types are enabled after a while, one by one', async () => {
  const { enable, status, pass } = simulateInspector();
  expect(await enable({ resourceTypes: ['EC2', 'ECR'] })).toMatchObject({
    accounts: [
      {
        accountId: ACCOUNT,
        status: 'ENABLING',
        resourceStatus: { ec2: 'ENABLING', ecr: 'ENABLING', lambda: 'DISABLED' },
      },
    ],
    failedAccounts: [],
  });
  expect((await enable()).failedAccounts).toMatchObject([{ errorCode: 'ENABLE_IN_PROGRESS' }]);
  await pass(1200);
  expect((await status([ACCOUNT])).accounts).toMatchObject([
    {
      state: { status: 'ENABLED' },
      resourceState: {
        ec2: { status: 'ENABLED' },
        ecr: { status: 'ENABLED' },
        lambda: { status: 'DISABLED' },
      },
    },
  ]);
  expect(await enable({ resourceTypes: ['EC2'] })).toMatchObject({
    accounts: [],
    failedAccounts: [{ accountId: ACCOUNT, errorCode: 'ALREADY_ENABLED' }],
  });
  expect((await enable({ resourceTypes: ['EC2', 'LAMBDA'] })).accounts).toMatchObject([
    { status: 'ENABLED', resourceStatus: { ec2: 'ENABLED', lambda: 'ENABLING' } },
  ]);
});

test('an account sees and changes only itself', async () => {
  const { enable, status, on, online, pass, clientOf, run } = simulateInspector();
  const denied = [{ accountId: OTHER, errorCode: 'ACCESS_DENIED' }];
  expect(await enable({ accountIds: [OTHER] })).toMatchObject({ accounts: [], failedAccounts: denied });
  expect(await status([OTHER])).toMatchObject({ accounts: [], failedAccounts: denied });
  await on();
  await online('amazon-linux-2023');
  await pass(7200);
  const other = clientOf(OTHER);
  expect((await run(other.send(new ListCoverageCommand({})))).coveredResources).toEqual([]);
  expect((await run(other.send(new ListFindingsCommand({})))).findings).toEqual([]);
});

test('requests that violate the model are refused with a reason', async () => {
  const { enable, status } = simulateInspector();
  await expect(enable({ resourceTypes: [] })).rejects.toMatchObject({
    name: 'ValidationException',
    reason: 'FIELD_VALIDATION_FAILED',
    message: expect.stringContaining("at 'resourceTypes' failed to satisfy constraint"),
  });
  await expect(enable({ resourceTypes: ['RDS' as 'EC2'] })).rejects.toMatchObject({
    message: expect.stringContaining('enum value set: [EC2, ECR, LAMBDA, LAMBDA_CODE, CODE_REPOSITORY]'),
  });
  await expect(status(['me'])).rejects.toMatchObject({ name: 'ValidationException' });
});
