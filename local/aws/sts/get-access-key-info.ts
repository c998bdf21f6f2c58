import type { GetAccessKeyInfoCommandInput, GetAccessKeyInfoCommandOutput } from '@aws-sdk/client-sts';
import { check, present, shaped, sized } from '../constraints.ts';
import type { Operation } from '../operation.ts';

/** Says whose a key is, also after its session is over. */
export const getAccessKeyInfo: Operation<GetAccessKeyInfoCommandInput, GetAccessKeyInfoCommandOutput> = {
  kind: 'read',
  accepts: ['AccessKeyId'],
  run({ AccessKeyId }, { world, account }) {
    check('ValidationError', [
      present('accessKeyId', AccessKeyId),
      sized('accessKeyId', AccessKeyId, { min: 16, max: 128 }),
      shaped('accessKeyId', AccessKeyId, '[\\w]*'),
    ]);
    return { Account: world.sessions.get(AccessKeyId ?? '')?.account ?? account };
  },
};
