import type {
  DescribeIamInstanceProfileAssociationsCommandInput,
  DescribeIamInstanceProfileAssociationsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { seenInstances } from './instances.ts';
import { checkPaging, page } from './paging.ts';
import {
  type AssociatedInstance,
  associationNotFound,
  associationShape,
  isAssociated,
} from './profile-associations.ts';

export const describeIamInstanceProfileAssociations: Operation<
  DescribeIamInstanceProfileAssociationsCommandInput,
  DescribeIamInstanceProfileAssociationsCommandOutput
> = {
  kind: 'read',
  accepts: ['AssociationIds', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken'],
  run(input, call) {
    const { AssociationIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: AssociationIds, idsName: 'associationIds' });
    const matches = matcher(input.Filters, filters, () => ({}));
    const all = seenInstances(call, []).filter(isAssociated);
    const found =
      AssociationIds.length === 0
        ? all
        : AssociationIds.map((id) => {
            const instance = all.find(({ profileAssociation }) => profileAssociation.id === id);
            if (instance === undefined) throw associationNotFound(id);
            return instance;
          });
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      IamInstanceProfileAssociations: items.map((instance) => associationShape(call.world, instance)),
      NextToken,
    };
  },
};

const filters: FilterNames<AssociatedInstance> = {
  'instance-id': ({ id }) => id,
  state: () => 'associated',
};
