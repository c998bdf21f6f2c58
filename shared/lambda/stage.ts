import type * as z from 'zod/mini';
import { countCalls } from '../aws/call-count.ts';
import { addInvocation, type Spent, type StageResult } from '../build/spent.ts';
import { type DepsWith, type Factories, type Step, step } from './step.ts';

type StageEvent = z.ZodMiniType<{ readonly document: object }>;

/**
 * A step that is a stage of the state machine, and reports what it has spent: time, waiting and calls. `field` is the field of the document
 * that the stage writes. It contains the stage's previous result.
 */
export function stage<
  Schema extends StageEvent,
  Result extends object,
  Needs extends Factories = Record<never, never>,
>(
  field: string,
  schema: Schema,
  work: (input: z.infer<Schema>, deps: DepsWith<Needs>) => Promise<Result>,
  needs?: Needs,
): Step<z.infer<Schema>, Result & { spent: Spent }, Needs> {
  return step(
    schema,
    async (input, deps) => {
      const began = deps.now();
      const { result, calls } = await countCalls(() => work(input, deps));
      const written = (input.document as Readonly<Record<string, StageResult | undefined>>)[field];
      const before = written?.status === 'pending' ? written : undefined;
      return { ...result, spent: addInvocation({ began, ended: deps.now(), calls, before, result }) };
    },
    needs,
  );
}
