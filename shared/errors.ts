/**
 * Errors, named by what happens next. The state machine matches on these names (`ErrorEquals`), so each is a literal: a
 * minified class would call itself `e`.
 */
abstract class PipelineError extends Error {
  abstract override name: string;
  /** The error code of AWS that led here, if one did. */
  readonly code: string | undefined;
  /** What AWS said, word for word. */
  readonly said: string | undefined;

  constructor(message: string, options: { cause?: unknown; code?: string; said?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.said = options.said;
  }
}

/** The input is wrong: trying again would change nothing. */
export class InvalidInput extends PipelineError {
  override name = 'InvalidInput';
}

/** A passing fault: the state machine tries again. */
export class Transient extends PipelineError {
  override name = 'Transient';
}

/** No capacity here: the next instance type or subnet may have some. */
export class NoCapacity extends PipelineError {
  override name = 'NoCapacity';
}

/** A limit on work under way is reached: there will be room again when some of it has ended. */
export class LimitReached extends PipelineError {
  override name = 'LimitReached';
}

/** A permission is missing. */
export class Denied extends PipelineError {
  override name = 'Denied';
}

/** AWS refused, and we know no better than to pass on what it said. */
export class Refused extends PipelineError {
  override name = 'Refused';
}

/** Not there: gone already, or not visible yet. */
export class NotFound extends PipelineError {
  override name = 'NotFound';
}

/** Somebody else has what we wanted to make. */
export class Conflict extends PipelineError {
  override name = 'Conflict';
}

/** The build itself said no. */
export class BuildFailed extends PipelineError {
  override name = 'BuildFailed';
}

/** A stage awaited something for longer than it may. */
export class DeadlinePassed extends PipelineError {
  override name = 'DeadlinePassed';
}

/** Our own reasoning is broken. */
export class Defect extends PipelineError {
  override name = 'Defect';
}
