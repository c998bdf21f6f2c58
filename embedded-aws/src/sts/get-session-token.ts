import type { GetSessionTokenCommandInput, GetSessionTokenCommandOutput } from '@aws-sdk/client-sts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { callerOf } from './callers.ts';
import { denied } from './refusals.ts';
import { openSession } from './sessions.ts';

/** Sessions of the root user last at most one hour (STS API reference, GetSessionToken). */
const rootSecondsMax = 3600;

export const getSessionToken: Operation<GetSessionTokenCommandInput, GetSessionTokenCommandOutput> = {
  kind: 'write',
  accepts: ['DurationSeconds'],
  run({ DurationSeconds = rootSecondsMax }, call) {
    check({ DurationSeconds }, { DurationSeconds: { range: [900, 129_600] } }, { code: 'ValidationError' });
    const { account, session } = callerOf(call);
    if (session !== undefined) throw denied('Cannot call GetSessionToken with session credentials');
    return {
      Credentials: openSession(
        call,
        { account, transitiveTags: {} },
        Math.min(DurationSeconds, rootSecondsMax),
      ),
    };
  },
};
