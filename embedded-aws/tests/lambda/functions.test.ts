import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListFunctionsCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { invokeLater } from '../../src/lambda/invoke-later.ts';
import {
  ACCOUNT,
  functionNamed,
  OTHER,
  refusal,
  type SimulatedLambda,
  simulateLambda,
} from './simulated-lambda.ts';

const RULE = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/new-image`;
const WORK = functionNamed('work');

const permit = ({ client, run }: SimulatedLambda, input: Partial<AddPermissionCommandInput> = {}) =>
  run(
    client().send(
      new AddPermissionCommand({
        FunctionName: 'work',
        StatementId: 'rule',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        ...input,
      }),
    ),
  );

const policyOf = async ({ client, run }: SimulatedLambda) => {
  const { Policy = '', RevisionId } = await run(
    client().send(new GetPolicyCommand({ FunctionName: 'work' })),
  );
  return { policy: JSON.parse(Policy), RevisionId };
};

describe('the policy of a function', () => {
  test('has a statement for each permission until the permission is removed', async () => {
    const lambda = simulateLambda();
    const { client, run } = lambda;
    const { Statement } = await permit(lambda, { SourceArn: RULE, SourceAccount: ACCOUNT });
    const first = {
      Sid: 'rule',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: WORK,
      Condition: {
        StringEquals: { 'AWS:SourceAccount': ACCOUNT },
        ArnLike: { 'AWS:SourceArn': RULE },
      },
    };
    expect(JSON.parse(Statement ?? '')).toEqual(first);
    await permit(lambda, { StatementId: 'other', Principal: OTHER });
    const { policy, RevisionId } = await policyOf(lambda);
    expect(policy).toEqual({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [
        first,
        expect.objectContaining({ Sid: 'other', Principal: { AWS: `arn:aws:iam::${OTHER}:root` } }),
      ],
    });
    const remove = (StatementId: string, revision?: string) =>
      run(
        client().send(
          new RemovePermissionCommand({ FunctionName: 'work', StatementId, RevisionId: revision }),
        ),
      );
    expect(await refusal(remove('rule', 'stale'))).toMatchObject({
      code: 'PreconditionFailedException',
      status: 412,
    });
    await remove('rule', RevisionId);
    expect((await policyOf(lambda)).RevisionId).not.toBe(RevisionId);
    expect(await refusal(remove('rule'))).toEqual({
      code: 'ResourceNotFoundException',
      message: 'Statement rule is not found in resource policy.',
      status: 404,
    });
    await remove('other');
    expect((await refusal(policyOf(lambda))).message).toBe('The resource you requested does not exist.');
    expect((await refusal(remove('other'))).message).toBe('No policy is associated with the given resource.');
  });

  test.each([
    ['a service, for the named resource', { SourceArn: RULE }, RULE, true],
    ['a service, for a resource that matches a pattern', { SourceArn: `${RULE.slice(0, -5)}*` }, RULE, true],
    ['a service, for another resource', { SourceArn: `${RULE}s` }, RULE, false],
    ['a service, for an account', { SourceAccount: ACCOUNT }, RULE, true],
    ['a service, for another account', { SourceAccount: OTHER }, RULE, false],
    ['a service, for anything', {}, RULE, true],
    ['another service', { Principal: 'sns.amazonaws.com' }, RULE, false],
    ['everybody', { Principal: '*' }, RULE, true],
    ['any action', { Action: 'lambda:*' }, RULE, true],
    ['another action', { Action: 'lambda:GetFunction' }, RULE, false],
  ])('decides about %s', async (_, permission, sourceArn, isLet) => {
    const lambda = simulateLambda();
    await permit(lambda, permission);
    const { world, services, invoked, pass } = lambda;
    const sender = { service: 'events.amazonaws.com', sourceArn, account: ACCOUNT };
    const invoke = () =>
      invokeLater(
        { world, services, account: ACCOUNT, now: world.now() },
        { functionArn: WORK, payload: '{}', sender },
      );
    if (isLet) invoke();
    else expect(invoke).toThrow(/^User: events.amazonaws.com is not authorized to perform/);
    await pass(10);
    expect(invoked).toHaveLength(isLet ? 1 : 0);
  });

  test.each([OTHER, `arn:aws:iam::${OTHER}:role/caller`, '*'])('allows %s', async (Principal) => {
    const lambda = simulateLambda();
    await permit(lambda, { Principal });
    const foreign = lambda.client({ account: OTHER });
    const answer = await lambda.run(foreign.send(new InvokeCommand({ FunctionName: WORK })));
    expect(answer.StatusCode).toBe(200);
  });

  test.each<[string, Partial<AddPermissionCommandInput>, object]>([
    [
      'a statement with an existing id',
      {},
      {
        code: 'ResourceConflictException',
        message:
          'The statement id (rule) provided already exists. Please provide a new statement id, or remove the existing statement.',
        status: 409,
      },
    ],
    [
      'an invalid principal',
      { Principal: 'everybody' },
      {
        code: 'InvalidParameterValueException',
        message: 'The provided principal was invalid. Please check the principal and try again.',
      },
    ],
    [
      'a policy of $LATEST',
      { Qualifier: '$LATEST' },
      {
        code: 'InvalidParameterValueException',
        message: 'We currently do not support adding policies for $LATEST.',
      },
    ],
    [
      'an outdated revision',
      { StatementId: 'b', RevisionId: 'stale' },
      { code: 'PreconditionFailedException' },
    ],
    [
      'a policy that is too long',
      { StatementId: 'b', SourceArn: `${RULE}${'x'.repeat(20_480)}` },
      { code: 'PolicyLengthExceededException' },
    ],
    ['an invalid action', { Action: 'ec2:RunInstances' }, { code: 'ValidationException' }],
    ['an invalid statement id', { StatementId: 'a b' }, { code: 'ValidationException' }],
    ['an invalid account', { SourceAccount: '12' }, { code: 'ValidationException' }],
    ['a missing function', { FunctionName: 'none' }, { code: 'ResourceNotFoundException' }],
    ['a parameter that is not emulated', { PrincipalOrgID: 'o-1234567890' }, { code: 'NotEmulated' }],
  ])('refuses %s', async (_, input, expected) => {
    const lambda = simulateLambda();
    await permit(lambda);
    expect(await refusal(permit(lambda, input))).toMatchObject(expected);
    expect((await policyOf(lambda)).policy.Statement).toHaveLength(1);
  });
});

describe('the configuration of a function', () => {
  test.each([
    [{ FunctionName: 'work' }, WORK],
    [{ FunctionName: 'work', Qualifier: '$LATEST' }, `${WORK}:$LATEST`],
  ])('of %j', async (input, FunctionArn) => {
    const { client, run } = simulateLambda();
    expect(await run(client().send(new GetFunctionConfigurationCommand(input)))).toMatchObject({
      FunctionName: 'work',
      FunctionArn,
      Timeout: 60,
      Version: '$LATEST',
      State: 'Active',
      LastUpdateStatus: 'Successful',
    });
  });

  test.each([
    ['none', {}, 'ResourceNotFoundException'],
    [WORK, { account: OTHER }, 'AccessDeniedException'],
    [WORK, { region: 'us-east-1' }, 'ResourceNotFoundException'],
    ['a b', {}, 'ValidationException'],
  ])('of %s, seen from %j, is refused', async (FunctionName, from, code) => {
    const { client, run } = simulateLambda();
    const refused = run(client(from).send(new GetFunctionConfigurationCommand({ FunctionName })));
    expect((await refusal(refused)).code).toBe(code);
  });
});

describe('ListFunctions', () => {
  const names = Array.from({ length: 60 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  const more = Object.fromEntries(names.map((name) => [functionNamed(name), { invoke: async () => {} }]));

  test('shows all functions of an account and region, page by page, at most fifty', async () => {
    const { client, run } = simulateLambda({ more });
    const page = (input: object) => run(client().send(new ListFunctionsCommand(input)));
    const first = await page({ MaxItems: 1000 });
    const second = await page({ Marker: first.NextMarker });
    const listed = [...(first.Functions ?? []), ...(second.Functions ?? [])];
    expect(first.Functions).toHaveLength(50);
    expect(second.NextMarker).toBeUndefined();
    expect(listed.map(({ FunctionName }) => FunctionName)).toEqual([...names, 'work']);
    expect((await page({ MaxItems: 2, FunctionVersion: 'ALL' })).Functions).toMatchObject([
      { FunctionArn: `${functionNamed('f00')}:$LATEST`, Timeout: 900 },
      { FunctionName: 'f01' },
    ]);
    for (const from of [{ account: OTHER }, { region: 'us-east-1' }]) {
      expect((await run(client(from).send(new ListFunctionsCommand({})))).Functions).toEqual([]);
    }
  });

  test.each([
    [{ Marker: 'nonsense' }, 'InvalidParameterValueException'],
    [{ MaxItems: 0 }, 'ValidationException'],
    [{ FunctionVersion: 'SOME' as never }, 'ValidationException'],
    [{ MasterRegion: 'us-east-1' }, 'NotEmulated'],
  ])('refuses %j', async (input, code) => {
    const { client, run } = simulateLambda();
    expect((await refusal(run(client().send(new ListFunctionsCommand(input))))).code).toBe(code);
  });
});
