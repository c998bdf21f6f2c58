import { AwsError } from '../core/errors.ts';
import { carryOut } from '../core/operation.ts';
import type { Call } from '../core/service.ts';
import { readArn } from '../eventbridge/arns.ts';

interface Later {
  /** With or without a qualifier. */
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  /** The service that invokes with no role, and the resource that it does so for; left out: the account that the call names. */
  readonly sender?: Call['sender'];
}

/**
 * Lets a service invoke a function: its event is put into Lambda's queue, or the invocation is refused as Lambda refuses it
 * (ResourceNotFoundException, AccessDeniedException, RequestTooLargeException).
 */
export function invokeLater(
  { world, services, account, now }: Pick<Call, 'world' | 'services' | 'account' | 'now'>,
  { functionArn, payload, sender }: Later,
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
