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

/** Refuses what the role may not do. */
export function checkAccess(authorize: Authorize | undefined, request: AccessRequest): void {
  const denial = authorize?.(request);
  if (denial !== undefined) throw refusal(request, denial);
}

/** How services call it, with the HTTP status; all others: AccessDeniedException, 400 (their API references, Common errors). */
const codes: Readonly<Record<string, readonly [code: string, httpStatus: number]>> = {
  ec2: ['UnauthorizedOperation', 403],
  lambda: ['AccessDeniedException', 403],
  scheduler: ['AccessDeniedException', 403],
  sns: ['AuthorizationError', 403],
  sqs: ['AccessDenied', 403],
  sts: ['AccessDenied', 403],
};

function refusal({ role, service }: AccessRequest, { action, resource }: Denial): AwsError {
  const [code, httpStatus] = codes[service] ?? ['AccessDeniedException', 400];
  const why =
    `User: ${assumedRoleArn(role.arn, role.sessionName)} is not authorized to perform: ${action} on resource: ${resource} ` +
    `because no identity-based policy allows the ${action} action`;
  // EC2 adds a message that it alone can decode (aws/karpenter-provider-aws#7370).
  return service === 'ec2'
    ? new AwsError(code, `You are not authorized to perform this operation. ${why}.`, httpStatus)
    : new AwsError(code, why, httpStatus);
}
