import { AwsError } from './errors.ts';
import { assumedRoleArn, type RoleSession } from './roles.ts';

/**
 * A call in the rights of a role, for whoever knows what the role may do. The embedded AWS itself knows no policies of identities:
 * it asks, if there is somebody to be asked, and refuses as AWS does.
 */
export interface AccessRequest {
  readonly role: RoleSession;
  readonly account: string;
  readonly region: string;
  /** The SDK's service id in lower case. */
  readonly service: string;
  /** Also one that is not emulated and that AWS itself calls, such as Lambda's Invoke for a state machine. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The first of the permissions that a call needs and that the role has not. */
export interface Denial {
  /** Such as `iam:PassRole`, which is not always the operation's own. */
  readonly action: string;
  readonly resource: string;
}

export type Authorize = (request: AccessRequest) => Denial | undefined;

/** Makes the error of a service from the reason. */
export type AccessDenied = (reason: string) => AwsError;

const accessDeniedException: AccessDenied = (reason) => new AwsError('AccessDeniedException', reason);

/** Refuses a call that the role may not make. */
export function checkAccess(
  authorize: Authorize | undefined,
  request: AccessRequest,
  accessDenied: AccessDenied = accessDeniedException,
): void {
  const denial = authorize?.(request);
  if (denial === undefined) return;
  const { arn, sessionName } = request.role;
  throw accessDenied(
    `User: ${assumedRoleArn(arn, sessionName)} is not authorized to perform: ${denial.action} on resource: ${denial.resource} ` +
      `because no identity-based policy allows the ${denial.action} action`,
  );
}
