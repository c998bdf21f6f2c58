import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { sessionOf } from './access-keys.ts';
import { assumeRole } from './assume-role.ts';
import { getAccessKeyInfo } from './get-access-key-info.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import { getSessionToken } from './get-session-token.ts';
import { kept } from './state.ts';

/** STS: the caller's identity, and temporary credentials. `docs/sts.md` lists what is emulated. */
export const sts: Service = {
  name: 'sts',
  kept,
  roleOfAccessKey: ({ world, now }, accessKey) => sessionOf(world, accessKey, now)?.role,
  accessDenied: (reason) => new AwsError('AccessDenied', reason, 403),
  operations: {
    AssumeRole: assumeRole,
    GetAccessKeyInfo: getAccessKeyInfo,
    GetCallerIdentity: getCallerIdentity,
    GetSessionToken: getSessionToken,
  },
  transitions: {},
};
