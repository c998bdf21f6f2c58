import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { callerOf } from '../sts/callers.ts';

const user = { Type: 'User' };

export const notFound = (message: string) => new AwsError('ResourceNotFoundException', message, 404, user);
export const invalid = (message: string) =>
  new AwsError('InvalidParameterValueException', message, 400, user);
export const conflict = (message: string) => new AwsError('ResourceConflictException', message, 409, user);

/** The error for a caller that does not own the function and that its policy does not allow. */
export function denied(call: Call, action: string, arn: string): AwsError {
  const who = call.sender?.service ?? callerOf(call).arn;
  return new AwsError(
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: ${action} on resource: ${arn} because no resource-based policy allows the ${action} action`,
    403,
  );
}

/** The error for a policy that was changed after the caller read the policy. */
export const staleRevision = () =>
  new AwsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
    412,
    user,
  );
