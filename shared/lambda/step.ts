import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { Defect } from '../errors.ts';
import type { Deps } from './deps.ts';
import { lambdaDeps } from './lambda-deps.ts';
import { logKeysOf, logWith } from './log.ts';

/** A Lambda handler. `with` runs the same step with other dependencies. */
export interface Step<Input, Output, Needs extends Factories> {
  (input: Input, context: Context): Promise<Output>;
  with(deps: DepsWith<Needs>): (input: unknown) => Promise<Output>;
}

/** Functions that create the dependencies of a step besides `Deps`, given the region of the deployment. A bundle contains only these. */
export type Factories = Readonly<Record<string, (region: string) => unknown>>;
export type DepsWith<Needs extends Factories> = Deps & {
  readonly [Name in keyof Needs]: ReturnType<Needs[Name]>;
};

/**
 * Creates a Lambda handler from a step. The handler checks the input, supplies the dependencies and logs the result. No other file uses
 * middy. Errors are passed on unchanged, because the state machine matches their names.
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
          // Reads the keys from the complete event, because the check keeps only the fields of the document that this step reads.
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
  let created: DepsWith<Needs> | undefined;
  const handler = stepWith(() => {
    created ??= withCreated(lambdaDeps(), needs);
    return created;
  });
  return Object.assign((input: Input, context: Context) => handler(input, context) as Promise<Output>, {
    with: (deps: DepsWith<Needs>) => {
      const local = stepWith(() => deps);
      return (input: unknown) => local(input as Input, NO_CONTEXT) as Promise<Output>;
    },
  });
}

function withCreated<Needs extends Factories>(deps: Deps, needs?: Needs): DepsWith<Needs> {
  const created = Object.entries(needs ?? {}).map(([name, make]) => [name, make(deps.settings.region)]);
  return { ...deps, ...Object.fromEntries(created) } as DepsWith<Needs>;
}

/** No step reads the Lambda context, but middy requires one. */
const NO_CONTEXT = {} as Context;

function parse<Schema extends z.ZodMiniType>(schema: Schema, event: unknown): z.infer<Schema> {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  const found = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the input'}: ${message}`,
  );
  throw new Defect(`The state machine passed on an invalid document: ${found.join('; ')}`, {
    cause: result.error,
  });
}
