import { AwsError } from '../core/errors.ts';
import { type Constraints, check } from '../core/validation.ts';

/** Checks a request against the model. Inspector's error also has a reason. */
export function checkRequest(input: object, constraints: Constraints): void {
  try {
    check(input, constraints);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalid(error.message);
  }
}

export const invalid = (message: string) =>
  new AwsError('ValidationException', message, 400, { reason: 'FIELD_VALIDATION_FAILED' });

/** The text for an account that the caller does not administer (recorded in turbot/steampipe-plugin-aws and others). */
export const noAccessTo = (accountId: string) => ({
  accountId,
  errorCode: 'ACCESS_DENIED' as const,
  errorMessage: 'Invoking account does not have access to this account',
});
