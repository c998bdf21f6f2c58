import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { Defect } from '../errors.ts';
import type { Deps } from './deps.ts';
import { lambdaDeps } from './lambda-deps.ts';

/** A Lambda handler, and a way to run the very same step with other dependencies. */
export interface Step<Input, Output> {
  (input: Input, context: Context): Promise<Output>;
  with(deps: Deps): (input: unknown) => Promise<Output>;
}

/**
 * Makes a Lambda handler of a step: checks the input, supplies the dependencies, logs what came of it. The only place that knows
 * middy. Errors pass as they are: their names are what the state machine matches on.
 */
export function step<Schema extends z.ZodMiniType, Output>(
  schema: Schema,
  work: (input: z.infer<Schema>, deps: Deps) => Promise<Output>,
): Step<z.infer<Schema>, Output> {
  type Input = z.infer<Schema>;
  const stepWith = (depsOf: () => Deps) =>
    middy<Input, Output>()
      .use({
        before: (request) => {
          request.event = parse(schema, request.event);
        },
        after: ({ event, response }) => {
          depsOf().log.info('done', { execution: executionOf(event), response });
        },
        onError: ({ event, error }) => {
          depsOf().log.warn('failed', {
            execution: executionOf(event),
            error: error?.name,
            reason: error?.message,
          });
        },
      })
      .handler((event) => work(event, depsOf()));
  const handler = stepWith(lambdaDeps);
  return Object.assign((input: Input, context: Context) => handler(input, context) as Promise<Output>, {
    with: (deps: Deps) => {
      const local = stepWith(() => deps);
      return (input: unknown) => local(input as Input, NO_CONTEXT) as Promise<Output>;
    },
  });
}

/** No step reads the Lambda context; middy asks for one. */
const NO_CONTEXT = {} as Context;

function parse<Schema extends z.ZodMiniType>(schema: Schema, event: unknown): z.infer<Schema> {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  const found = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the input'}: ${message}`,
  );
  throw new Defect(`The state machine handed on a broken document: ${found.join('; ')}`, {
    cause: result.error,
  });
}

function executionOf(event: unknown): unknown {
  return (event as { execution?: unknown } | undefined)?.execution;
}
