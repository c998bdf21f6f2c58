import type { GetAccessKeyInfoCommandInput, GetAccessKeyInfoCommandOutput } from '@aws-sdk/client-sts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';

/** Returns the account of a key, even if its session has expired. */
export const getAccessKeyInfo: Operation<GetAccessKeyInfoCommandInput, GetAccessKeyInfoCommandOutput> = {
  kind: 'read',
  accepts: ['AccessKeyId'],
  run({ AccessKeyId }, { world, account }) {
    check(
      { AccessKeyId },
      { AccessKeyId: { required: true, length: [16, 128], pattern: /[\w]*/ } },
      { code: 'ValidationError' },
    );
    return { Account: world.sessions.get(AccessKeyId ?? '')?.account ?? account };
  },
};
