import type {
  AssociateIamInstanceProfileCommandInput,
  AssociateIamInstanceProfileCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { ownInstances } from './instances.ts';
import { findInstanceProfile } from './launch-refusals.ts';
import { associate } from './profile-associations.ts';
import type { InstanceRecord } from './records.ts';

export const associateIamInstanceProfile: Operation<
  AssociateIamInstanceProfileCommandInput,
  AssociateIamInstanceProfileCommandOutput
> = {
  kind: 'write',
  accepts: ['IamInstanceProfile.Arn', 'IamInstanceProfile.Name', 'InstanceId'],
  run(input, call) {
    const { InstanceId } = input;
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    const arn = findInstanceProfile(input, call);
    if (arn === undefined) throw missingParameter('IamInstanceProfile');
    const [instance] = ownInstances(call, [InstanceId]) as [InstanceRecord];
    if (instance.state !== 'running' && instance.state !== 'stopped' && instance.state !== 'pending') {
      throw new AwsError(
        'IncorrectInstanceState',
        `The instance '${InstanceId}' is not in a state in which an instance profile can be associated with it.`,
      );
    }
    if (instance.instanceProfileArn !== undefined) {
      throw new AwsError('IncorrectState', `There is an existing association for instance ${InstanceId}`);
    }
    return { IamInstanceProfileAssociation: associate(instance, arn, call) };
  },
};
