/**
 * An error as an AWS service returns it: code, message, HTTP status. The client turns it into the exception that the
 * SDK would throw.
 */
export class AwsError extends Error {
  override name = 'AwsError';
  readonly code: string;
  readonly httpStatus: number;
  /** Additional members of this error in the service's model, such as `CancellationReasons`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    httpStatus = 400,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/**
 * The error for anything that is not emulated. AWS has no such code, so a caller can distinguish a limit of
 * the embedded AWS from a mistake in the request.
 */
export function notEmulated(what: string): AwsError {
  return new AwsError('NotEmulated', `${what} is not emulated; see embedded-aws/docs/operations.md`, 501);
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
