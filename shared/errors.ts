/**
 * Errors by their consequence. The state machine matches the names (`ErrorEquals`). Each name is a string literal, because minifying
 * changes the name of a class to `e`.
 */
abstract class PipelineError extends Error {
  abstract override name: string;
  /** The AWS error code that caused this error, if any. */
  readonly code: string | undefined;
  /** The error message of AWS, unchanged. */
  readonly said: string | undefined;

  constructor(message: string, options: { cause?: unknown; code?: string; said?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.said = options.said;
  }
}

/** The input is wrong. A retry has the same result. */
export class InvalidInput extends PipelineError {
  override name = 'InvalidInput';
}

/** A temporary failure. The state machine retries the function. */
export class Transient extends PipelineError {
  override name = 'Transient';
}

/** AWS throttled the call, also after the retries of the SDK. The state machine retries for much longer than after other errors. */
export class Throttled extends PipelineError {
  override name = 'Throttled';
}

/** EC2 has no capacity for this instance type in this subnet. The function tries the next type or subnet. */
export class NoCapacity extends PipelineError {
  override name = 'NoCapacity';
}

/** A limit for concurrent work is reached. A later retry can succeed, when some of the work has ended. */
export class LimitReached extends PipelineError {
  override name = 'LimitReached';
}

/** A permission is missing. */
export class Denied extends PipelineError {
  override name = 'Denied';
}

/** AWS refused the call with an error code that has no other class. The message contains the message of AWS. */
export class Refused extends PipelineError {
  override name = 'Refused';
}

/** The resource does not exist: the resource was deleted, or is not visible yet (eventual consistency). */
export class NotFound extends PipelineError {
  override name = 'NotFound';
}

/** A resource with this name already exists, or the condition of a write is not met. */
export class Conflict extends PipelineError {
  override name = 'Conflict';
}

/** The build cannot continue, because one of its steps, instances or images failed. */
export class BuildFailed extends PipelineError {
  override name = 'BuildFailed';
}

/** A person refused to release the image. */
export class Rejected extends PipelineError {
  override name = 'Rejected';
}

/** Nobody approved the image in time. */
export class NotApproved extends PipelineError {
  override name = 'NotApproved';
}

/** A newer build or move of the recipe makes this one obsolete. */
export class Superseded extends PipelineError {
  override name = 'Superseded';
}

/** A stage waited longer than its deadline. */
export class DeadlinePassed extends PipelineError {
  override name = 'DeadlinePassed';
}

/** A bug in the pipeline. */
export class Defect extends PipelineError {
  override name = 'Defect';
}
