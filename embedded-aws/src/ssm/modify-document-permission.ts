import type {
  ModifyDocumentPermissionCommandInput,
  ModifyDocumentPermissionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName } from './constraints.ts';
import { ownDocument } from './documents.ts';

const sharesMax = 1000;
const accounts = { length: [0, 20], each: { pattern: /all|[0-9]{12}/i } } as const;

export const modifyDocumentPermission: Operation<
  ModifyDocumentPermissionCommandInput,
  ModifyDocumentPermissionCommandOutput
> = {
  kind: 'write',
  accepts: ['AccountIdsToAdd', 'AccountIdsToRemove', 'Name', 'PermissionType', 'SharedDocumentVersion'],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Name: { required: true, ...documentName },
      PermissionType: { required: true, oneOf: ['Share'] },
      AccountIdsToAdd: accounts,
      AccountIdsToRemove: accounts,
      SharedDocumentVersion: { length: [0, 8], pattern: /([$]LATEST|[$]DEFAULT|[$]ALL)/ },
    });
    const document = ownDocument(world, { account, region }, input.Name ?? '');
    const added = lowered(input.AccountIdsToAdd);
    const removed = lowered(input.AccountIdsToRemove);
    for (const ids of [added, removed]) {
      if (ids.includes('all') && ids.length > 1) {
        throw new AwsError(
          'DocumentPermissionLimit',
          'Accounts can either be all or a group of AWS accounts',
        );
      }
    }
    const version = input.SharedDocumentVersion ?? '$DEFAULT';
    const kept = document.sharedWith.filter(
      (share) =>
        !removed.includes(share.account) && !removed.includes('all') && !added.includes(share.account),
    );
    const sharedWith = [...kept, ...added.map((id) => ({ account: id, version }))];
    if (sharedWith.length > sharesMax) {
      throw new AwsError(
        'DocumentPermissionLimit',
        `The document can't be shared with more Amazon Web Services accounts. You can specify a maximum of ${sharesMax}.`,
      );
    }
    world.documents.put({ ...document, sharedWith }, now, 0);
    return {};
  },
};

const lowered = (ids: readonly string[] = []) => ids.map((id) => id.toLowerCase());
