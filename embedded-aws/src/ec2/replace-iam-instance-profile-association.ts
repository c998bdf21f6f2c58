import type {
  ReplaceIamInstanceProfileAssociationCommandInput,
  ReplaceIamInstanceProfileAssociationCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { findInstanceProfile } from './launch-refusals.ts';
import { associate, findAssociated } from './profile-associations.ts';

export const replaceIamInstanceProfileAssociation: Operation<
  ReplaceIamInstanceProfileAssociationCommandInput,
  ReplaceIamInstanceProfileAssociationCommandOutput
> = {
  kind: 'write',
  accepts: ['AssociationId', 'IamInstanceProfile.Arn', 'IamInstanceProfile.Name'],
  run(input, call) {
    const arn = findInstanceProfile(input, call);
    if (arn === undefined) throw missingParameter('IamInstanceProfile');
    const instance = findAssociated(call, input.AssociationId);
    return { IamInstanceProfileAssociation: associate(instance, arn, call) };
  },
};
