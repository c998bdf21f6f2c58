import * as z from 'zod/mini';
import { foreignPartition } from './regions.ts';

/** The parts of the message for a field whose value is refused. */
export interface FieldMessage {
  /** Follows the value: "…, which is not a region of the aws partition". A function if the field can break several rules. */
  readonly wrong?: string | ((found: unknown) => string);
  /** The values that are allowed. */
  readonly allowed: string;
  /** How to fix the value. A function if the fix depends on the value. */
  readonly fix?: string | ((found: unknown) => string | undefined);
  /** The fix if no allowed value is similar. Left out: use one of the allowed values. */
  readonly otherwise?: string;
  /** For a map: how to fix some fields that are not allowed, by name. */
  readonly unknown?: Readonly<Record<string, string>>;
  /** The fix if only the length is wrong. Left out: the number of characters to remove. */
  readonly shorten?: string;
}

/** The message of each field. It is declared next to the schema, so that each rule and its message are in one place. */
export const fieldMessages: z.core.$ZodRegistry<FieldMessage> = z.registry<FieldMessage>();

/** The message of a field: its own, or the message that another package put into zod's global registry. */
export function messageOf(schema: z.core.$ZodType): FieldMessage | undefined {
  const own = fieldMessages.get(schema);
  if (own !== undefined) return own;
  const { allowed, ...rest } = z.globalRegistry.get(schema) ?? {};
  return typeof allowed === 'string' ? { allowed, ...rest } : undefined;
}

/** Documents a field. Editors show the description (JSON Schema). Error messages use `message`. */
export function field<S extends z.core.$ZodType>(schema: S, description: string, message?: FieldMessage): S {
  z.globalRegistry.add(schema, { description });
  if (message !== undefined) fieldMessages.add(schema, message as never);
  return schema;
}

export const text = (pattern: RegExp, lengthMax: number) =>
  z.string().check(z.maxLength(lengthMax), z.regex(pattern));

/** The value if it is a string, otherwise an empty string. Not every value can be converted to a string. */
export const textOf = (found: unknown): string => (typeof found === 'string' ? found : '');

/** A whole number in a range. `fix` is for a value that is not a number, such as "30 days". */
export const wholeNumber = (
  minimum: number,
  maximum: number,
  description: string,
  { allowed, fix }: { allowed: string; fix: string },
) =>
  field(z.int().check(z.minimum(minimum), z.maximum(maximum)), description, {
    wrong: (found) => (Number(found) < minimum ? 'which is too small' : 'which is too large'),
    allowed,
    fix: (found) => {
      if (typeof found !== 'number') return fix;
      if (found < minimum) return `use ${minimum} or more`;
      return found > maximum ? `use ${maximum} or less` : 'write a whole number';
    },
  });

/** A pattern that refuses ARNs of other partitions, because the pipeline supports only the partition aws. */
export const noForeignArn = (pattern: RegExp): RegExp =>
  new RegExp(`^(?!arn:(?!aws:))${pattern.source.slice(1)}`);

/** The message of a field that accepts ARNs, with its own words for an ARN of another partition. */
export function arnMessage({ wrong, fix, ...message }: FieldMessage & { wrong: string }): FieldMessage {
  return {
    ...message,
    wrong: (found) => {
      const partition = foreignPartition(textOf(found));
      return partition === undefined ? wrong : `which is an ARN of the partition ${partition}`;
    },
    fix: (found) => {
      if (foreignPartition(textOf(found)) !== undefined)
        return 'use an ARN of the aws partition; the pipeline supports no other partition';
      if (typeof fix === 'function') return fix(found);
      // For a number or a boolean, the fix is to write quotes.
      return typeof found === 'number' || typeof found === 'boolean' ? undefined : fix;
    },
  };
}
