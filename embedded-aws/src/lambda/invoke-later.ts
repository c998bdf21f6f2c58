import { readArn } from '../core/arn.ts';
import { AwsError } from '../core/errors.ts';
import { carryOut } from '../core/operation.ts';
import type { Call } from '../core/service.ts';

interface LaterInvocation {
  /** May have a qualifier. */
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  /**
   * The service that invokes without a role, and the resource that it acts for; absent: the account of the call
   * invokes.
   */
  readonly sender?: Call['sender'];
}

/**
 * Invokes a function asynchronously for a service: puts the event into Lambda's queue, or throws the error of Lambda
 * (ResourceNotFoundException, AccessDeniedException, RequestTooLargeException).
 */
export function invokeLater(
  { world, services, account, now }: Pick<Call, 'world' | 'services' | 'account' | 'now'>,
  { functionArn, payload, sender }: LaterInvocation,
): void {
  const { lambda } = services;
  const region = readArn(functionArn)?.region;
  if (lambda === undefined || region === undefined) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${functionArn}`, 404);
  }
  const Payload = new TextEncoder().encode(payload);
  const input = { FunctionName: functionArn, InvocationType: 'Event', Payload };
  const own = sender === undefined ? {} : { sender };
  carryOut(lambda, 'Invoke', input, { world, services, account, region, now, inner: true, ...own });
}
