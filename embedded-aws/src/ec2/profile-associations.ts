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

/** A terminated instance has no association any more. */
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

/** The instance that holds an association, as it truly is. */
export function findAssociated(call: Call, id: string | undefined): AssociatedInstance {
  if (id === undefined) throw missingParameter('AssociationId');
  const seen = seenInstances(call, []).find(({ profileAssociation }) => profileAssociation?.id === id);
  const instance = call.world.instances.get(seen?.id ?? '');
  if (instance === undefined || !isAssociated(instance) || instance.profileAssociation.id !== id) {
    throw associationNotFound(id);
  }
  return instance;
}

/** Associations take effect at once here; only the answer says `associating`. The guest's agent heeds them at its next boot. */
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
