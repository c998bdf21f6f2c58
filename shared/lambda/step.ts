import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { Defect } from '../errors.ts';
import type { Deps } from './deps.ts';
import { lambdaDeps } from './lambda-deps.ts';
import { logKeysOf, logWith } from './log.ts';

/** A Lambda handler, and a way to run the very same step with other dependencies. */
export interface Step<Input, Output, Needs extends Factories> {
  (input: Input, context: Context): Promise<Output>;
  with(deps: DepsWith<Needs>): (input: unknown) => Promise<Output>;
}

/** Makes of what a step needs besides `Deps`, given the region of the deployment. What no step names stays out of its bundle. */
export type Factories = Readonly<Record<string, (region: string) => unknown>>;
export type DepsWith<Needs extends Factories> = Deps & {
  readonly [Name in keyof Needs]: ReturnType<Needs[Name]>;
};

/**
 * Makes a Lambda handler of a step: checks the input, supplies the dependencies, logs what came of it. The only place that knows
 * middy. Errors pass as they are: their names are what the state machine matches on.
 */
export function step<Schema extends z.ZodMiniType, Output, Needs extends Factories = Record<never, never>>(
  schema: Schema,
  work: (input: z.infer<Schema>, deps: DepsWith<Needs>) => Promise<Output>,
  needs?: Needs,
): Step<z.infer<Schema>, Output, Needs> {
  type Input = z.infer<Schema>;
  const stepWith = (depsOf: () => DepsWith<Needs>) =>
    middy<unknown, Output>()
      .use({
        before: (request) => {
          const deps = depsOf();
          // From the whole event: the check keeps of the document only what this step reads.
          const log = logWith(deps.log, logKeysOf(request.event));
          request.internal.log = log;
          request.event = { input: parse(schema, request.event), deps: { ...deps, log } };
        },
        after: ({ internal, response }) => {
          internal.log.info('done', { response });
        },
        onError: ({ internal, error }) => {
          internal.log?.warn('failed', { error: error?.name, reason: error?.message });
        },
      })
      .handler((event) => {
        const { input, deps } = event as { input: Input; deps: DepsWith<Needs> };
        return work(input, deps);
      });
  let made: DepsWith<Needs> | undefined;
  const handler = stepWith(() => {
    made ??= withCreated(lambdaDeps(), needs);
    return made;
  });
  return Object.assign((input: Input, context: Context) => handler(input, context) as Promise<Output>, {
    with: (deps: DepsWith<Needs>) => {
      const local = stepWith(() => deps);
      return (input: unknown) => local(input as Input, NO_CONTEXT) as Promise<Output>;
    },
  });
}

function withCreated<Needs extends Factories>(deps: Deps, needs?: Needs): DepsWith<Needs> {
  const made = Object.entries(needs ?? {}).map(([name, make]) => [name, make(deps.settings.region)]);
  return { ...deps, ...Object.fromEntries(made) } as DepsWith<Needs>;
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
