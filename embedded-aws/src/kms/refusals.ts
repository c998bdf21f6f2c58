import { AwsError } from '../core/errors.ts';
import { checkValue } from '../core/validation.ts';
import type { KeyRecord } from './records.ts';

export function required<T>(value: T | undefined, path: string): T {
  checkValue(value, path, { required: true });
  return value as T;
}

export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message);
}

/** Refuses an operation that the key's state does not allow. */
export function checkState(key: KeyRecord, wanted: 'enabled' | 'not pending deletion'): void {
  if (key.state === 'PendingDeletion') {
    throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  }
  if (wanted === 'enabled' && key.state === 'Disabled') {
    throw new AwsError('DisabledException', `${key.arn} is disabled.`);
  }
}

/** With DryRun, a call that would succeed also ends in an error. */
export function checkDryRun({ DryRun }: { DryRun?: boolean | undefined }): void {
  if (DryRun) {
    throw new AwsError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    );
  }
}
