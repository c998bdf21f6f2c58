import type {
  DisassociateIamInstanceProfileCommandInput,
  DisassociateIamInstanceProfileCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { putInstance } from './lifecycle.ts';
import { associationShape, findAssociated } from './profile-associations.ts';

export const disassociateIamInstanceProfile: Operation<
  DisassociateIamInstanceProfileCommandInput,
  DisassociateIamInstanceProfileCommandOutput
> = {
  kind: 'write',
  accepts: ['AssociationId'],
  run(input, call) {
    const instance = findAssociated(call, input.AssociationId);
    const { instanceProfileArn: _arn, profileAssociation: _association, ...rest } = instance;
    putInstance(call.world, rest, call.now);
    return { IamInstanceProfileAssociation: associationShape(call.world, instance, 'disassociating') };
  },
};
