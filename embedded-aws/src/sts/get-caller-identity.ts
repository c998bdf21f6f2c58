import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Operation } from '../core/service.ts';
import { callerOf } from './callers.ts';

export const getCallerIdentity: Operation<GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput> = {
  kind: 'read',
  accepts: [],
  run(_input, call) {
    const { userId, account, arn } = callerOf(call);
    return { UserId: userId, Account: account, Arn: arn };
  },
};
