import { AwsError } from './errors.ts';
import { assumedRoleArn, type RoleSession } from './roles.ts';

/**
 * A call that is made with the permissions of a role. The embedded AWS has no identity policies. If
 * `world.authorize` is set, the embedded AWS calls this function and refuses a denied call as AWS does.
 */
export interface AccessRequest {
  readonly role: RoleSession;
  readonly account: string;
  readonly region: string;
  /** The SDK's service id in lower case. */
  readonly service: string;
  /** This can be an operation that only AWS itself calls, such as Lambda's Invoke for a state machine. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The first permission that the call needs and the role does not have. */
export interface Denial {
  /** The action can differ from the operation, for example `iam:PassRole`. */
  readonly action: string;
  readonly resource: string;
}

export type Authorize = (request: AccessRequest) => Denial | undefined;

/** Makes the service's error for a denied call. */
export type AccessDenied = (reason: string) => AwsError;

const accessDeniedException: AccessDenied = (reason) => new AwsError('AccessDeniedException', reason);

/** Refuses a call that the role has no permission for. */
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
