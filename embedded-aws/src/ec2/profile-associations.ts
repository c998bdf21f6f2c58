import type { IamInstanceProfileAssociation } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { newId, type World } from '../core/world.ts';
import { profileShape } from './instance-shape.ts';
import { seenInstances } from './instances.ts';
import { putInstance } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';

export type AssociatedInstance = InstanceRecord &
  Required<Pick<InstanceRecord, 'instanceProfileArn' | 'profileAssociation'>>;

/** A terminated instance no longer has an association. */
export function isAssociated(instance: InstanceRecord): instance is AssociatedInstance {
  return (
    instance.instanceProfileArn !== undefined &&
    instance.profileAssociation !== undefined &&
    instance.state !== 'terminated'
  );
}

export function associationNotFound(id: string): AwsError {
  return new AwsError('InvalidAssociationID.NotFound', `An invalid association-id of '${id}' was given`);
}

/** The current record of the instance that has an association, without read lag. */
export function findAssociated(call: Call, id: string | undefined): AssociatedInstance {
  if (id === undefined) throw missingParameter('AssociationId');
  const seen = seenInstances(call, []).find(({ profileAssociation }) => profileAssociation?.id === id);
  const instance = call.world.instances.get(seen?.id ?? '');
  if (instance === undefined || !isAssociated(instance) || instance.profileAssociation.id !== id) {
    throw associationNotFound(id);
  }
  return instance;
}

/**
 * Associations take effect immediately in the embedded EC2. Only the response says `associating`. The agent
 * in the guest reads the profile at the next boot.
 */
export function associate(
  instance: InstanceRecord,
  instanceProfileArn: string,
  { world, now }: Call,
): IamInstanceProfileAssociation {
  const profileAssociation = { id: newId(world, 'iip-assoc'), since: now };
  const associated = { ...instance, instanceProfileArn, profileAssociation };
  putInstance(world, associated, now);
  return associationShape(world, associated, 'associating');
}

export function associationShape(
  world: World,
  instance: AssociatedInstance,
  state: 'associated' | 'associating' | 'disassociating' = 'associated',
): IamInstanceProfileAssociation {
  return {
    AssociationId: instance.profileAssociation.id,
    InstanceId: instance.id,
    IamInstanceProfile: profileShape(world, instance),
    State: state,
    Timestamp: new Date(instance.profileAssociation.since),
  };
}
