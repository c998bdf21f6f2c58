import type {
  DescribeDocumentPermissionCommandInput,
  DescribeDocumentPermissionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName } from './constraints.ts';
import { ownDocument } from './documents.ts';
import { page } from './paging.ts';

export const describeDocumentPermission: Operation<
  DescribeDocumentPermissionCommandInput,
  DescribeDocumentPermissionCommandOutput
> = {
  kind: 'read',
  accepts: ['MaxResults', 'Name', 'NextToken', 'PermissionType'],
  run: (input, { world, account, region }) => {
    check(input, {
      Name: { required: true, ...documentName },
      PermissionType: { required: true, oneOf: ['Share'] },
    });
    const { sharedWith } = ownDocument(world, { account, region }, input.Name ?? '');
    const { items, ...rest } = page(sharedWith, input, { least: 1, most: 200, defaultSize: 200 });
    return {
      AccountIds: items.map((share) => share.account),
      AccountSharingInfoList: items.map((share) => ({
        AccountId: share.account,
        SharedDocumentVersion: share.version,
      })),
      ...rest,
    };
  },
};
