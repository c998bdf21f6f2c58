import type {
  BatchGetAccountStatusCommandInput,
  BatchGetAccountStatusCommandOutput,
  State,
  Status,
} from '@aws-sdk/client-inspector2';
import type { Operation } from '../core/service.ts';
import { byType, statusOf, wholeStatus } from './accounts.ts';
import * as constraints from './constraints.ts';
import { checkRequest, noAccessTo } from './refusals.ts';

export const batchGetAccountStatus: Operation<
  BatchGetAccountStatusCommandInput,
  BatchGetAccountStatusCommandOutput
> = {
  kind: 'read',
  accepts: ['accountIds'],
  run(input, { world, account, region }) {
    checkRequest(input, { accountIds: constraints.accountIds });
    const { accountIds = [] } = input;
    const place = { account, region };
    const own = accountIds.length === 0 || accountIds.includes(account);
    const state = {
      accountId: account,
      state: stateOf(wholeStatus(world, place)),
      resourceState: byType((type) => stateOf(statusOf(world, place, type))),
    };
    return {
      accounts: own ? [state] : [],
      failedAccounts: accountIds.filter((one) => one !== account).map(noAccessTo),
    };
  },
};

/** A state without an error. */
const stateOf = (status: Status): State => ({ status, errorCode: undefined, errorMessage: undefined });
