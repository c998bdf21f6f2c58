import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { addInstanceProfile } from '../../src/new-world.ts';
import { OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';

async function withInstance(changes: Partial<RunInstancesCommandInput> = {}) {
  const simulated = simulateEc2();
  const { client, run, launch, pass, world } = simulated;
  addInstanceProfile(world, { account: OWNER, name: 'other' });
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
  const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch(changes))));
  const InstanceId = Instances?.[0]?.InstanceId ?? '';
  await pass(130);
  return {
    ...simulated,
    sent,
    InstanceId,
    associate: (input = {}) =>
      sent((ec2) =>
        ec2.send(
          new AssociateIamInstanceProfileCommand({
            InstanceId,
            IamInstanceProfile: { Name: 'builder' },
            ...input,
          }),
        ),
      ),
    associations: async (input = {}) => {
      const answer = await sent((ec2) => ec2.send(new DescribeIamInstanceProfileAssociationsCommand(input)));
      return answer.IamInstanceProfileAssociations ?? [];
    },
    profile: async () => {
      const { Reservations } = await sent((ec2) => ec2.send(new DescribeInstancesCommand({})));
      return Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile?.Arn?.split('/')[1];
    },
  };
}

test('a profile is associated, replaced and removed', async () => {
  const { sent, associate, associations, profile, InstanceId } = await withInstance();
  const { IamInstanceProfileAssociation: made } = await associate();
  expect(made).toMatchObject({ InstanceId, State: 'associating' });
  expect(await associations()).toMatchObject([
    { AssociationId: made?.AssociationId, State: 'associated', InstanceId },
  ]);
  expect(await profile()).toBe('builder');
  expect(await refusal(associate())).toMatchObject({
    code: 'IncorrectState',
    message: `There is an existing association for instance ${InstanceId}`,
  });
  const replace = (AssociationId = made?.AssociationId) =>
    sent((ec2) =>
      ec2.send(
        new ReplaceIamInstanceProfileAssociationCommand({
          AssociationId,
          IamInstanceProfile: { Name: 'other' },
        }),
      ),
    );
  const AssociationId = (await replace()).IamInstanceProfileAssociation?.AssociationId;
  expect(AssociationId).not.toBe(made?.AssociationId);
  expect(await profile()).toBe('other');
  expect((await refusal(replace())).message).toBe(
    `An invalid association-id of '${made?.AssociationId}' was given`,
  );
  const remove = () => sent((ec2) => ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId })));
  expect((await remove()).IamInstanceProfileAssociation?.State).toBe('disassociating');
  expect((await refusal(remove())).code).toBe('InvalidAssociationID.NotFound');
  expect(await profile()).toBeUndefined();
  expect(await associations()).toEqual([]);
});

test('a launch with a profile creates an association, and termination ends it', async () => {
  const { associations, sent, pass, InstanceId } = await withInstance({
    IamInstanceProfile: { Name: 'builder' },
  });
  const found = (Name: string, value: string) => associations({ Filters: [{ Name, Values: [value] }] });
  expect(await found('instance-id', InstanceId)).toHaveLength(1);
  expect(await found('state', 'associating')).toEqual([]);
  await sent((ec2) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
  await pass(400);
  expect(await associations()).toEqual([]);
});

test.each([
  ['no profile', { IamInstanceProfile: {} }, 'MissingParameter'],
  ['an unknown profile', { IamInstanceProfile: { Name: 'stranger' } }, 'InvalidParameterValue'],
  ['no instance', { InstanceId: undefined }, 'MissingParameter'],
  ['an unknown instance', { InstanceId: 'i-0123456789abcdef0' }, 'InvalidInstanceID.NotFound'],
])('an association is refused with %s', async (_name, input, code) => {
  const { associate, associations } = await withInstance();
  expect((await refusal(associate(input))).code).toBe(code);
  expect(await associations()).toEqual([]);
  expect((await refusal(associations({ AssociationIds: ['iip-assoc-1'] }))).code).toBe(
    'InvalidAssociationID.NotFound',
  );
});
