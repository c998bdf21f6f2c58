import { NormalizedSchema, TypeRegistry } from '@smithy/core/schema';
import type { StaticErrorSchema } from '@smithy/types';
import type { AwsError } from './errors.ts';

/** The metadata of a response. */
export interface AnswerMetadata {
  readonly httpStatusCode: number;
  readonly requestId: string;
}

/**
 * The exception that the SDK throws for an error. If the service's model has the error, the exception has the
 * model's class. Otherwise the exception has the base class of the service's exceptions, and the error's code
 * as its name. `serviceId` is the SDK's, in lower case.
 */
export function exceptionOf(serviceId: string, error: AwsError, $metadata: AnswerMetadata): Error {
  const { code: name, message, httpStatus, details } = error;
  // The namespace has no spaces: Auto Scaling is `autoscaling`.
  const namespace = `com.amazonaws.${serviceId.replaceAll(' ', '')}`;
  const modelled = modelledClass(namespace, name);
  const members = structuredClone(details);
  if (modelled !== undefined) return new modelled({ ...members, message, $metadata });
  const Base = baseClass(namespace);
  const $fault = httpStatus >= 500 ? 'server' : 'client';
  return Object.assign(new Base({ name, message, $fault, $metadata }), members);
}

type ExceptionClass = new (options: Record<string, unknown>) => Error;

/** EC2 models no errors. An error of AWS query may have a code that differs from the name of its class. */
function modelledClass(namespace: string, code: string): ExceptionClass | undefined {
  const registry = TypeRegistry.for(namespace);
  const schema = registry.find((candidate) => {
    if (!isErrorSchema(candidate)) return false;
    const { awsQueryError } = NormalizedSchema.of(candidate).getMergedTraits() as {
      awsQueryError?: [string];
    };
    return (awsQueryError?.[0] ?? candidate[2]) === code;
  });
  return schema === undefined ? undefined : registry.getErrorCtor(schema as StaticErrorSchema);
}

/** The first item in the schema of an error. The fourth item holds its traits. */
const ERROR = -3;

const isErrorSchema = (schema: unknown): schema is StaticErrorSchema =>
  Array.isArray(schema) && schema[0] === ERROR;

function baseClass(namespace: string): ExceptionClass {
  const registry = TypeRegistry.for(`smithy.ts.sdk.synthetic.${namespace}`);
  const schema = registry.getBaseException();
  if (schema === undefined) throw new Error(`no SDK client of ${namespace} is loaded`);
  return registry.getErrorCtor(schema);
}
