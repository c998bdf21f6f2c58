/**
 * An error as a service of AWS answers it: its code, its message, its HTTP status. The client that carries the answer turns
 * it into the exception that the SDK would have made of it.
 */
export class AwsError extends Error {
  override name = 'AwsError';
  readonly code: string;
  readonly httpStatus: number;
  /** Further members that the service's model gives this error, such as `CancellationReasons`. */
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
 * What the embedded AWS answers to what it does not emulate. It is no code of AWS: whoever sees it has found an edge of the
 * emulation, not a mistake of theirs, and must be able to tell the two apart.
 */
export function notEmulated(what: string): AwsError {
  return new AwsError(
    'NotEmulated',
    `${what} is not emulated; embedded-aws/docs/operations.md lists what is`,
    501,
  );
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
