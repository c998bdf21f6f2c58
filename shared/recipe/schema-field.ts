import * as z from 'zod/mini';

/** What a message says of a field whose value is not accepted. */
export interface Words {
  /** Follows what was found: "…, which is no region of the aws partition". A function where several rules can be broken. */
  readonly wrong?: string | ((found: unknown) => string);
  /** What would be accepted. */
  readonly allowed: string;
  /** The mend; a function where it depends on what was found. */
  readonly fix?: string | ((found: unknown) => string | undefined);
  /** What to do where no allowed value is similar. Left out: choose one of these. */
  readonly otherwise?: string;
  /** What to do where only the length is wrong. Left out: by how much to shorten it. */
  readonly shorten?: string;
}

/** The words of each field, kept beside the schema so that a rule and its message are written and read together. */
export const words: z.core.$ZodRegistry<Words> = z.registry<Words>();

/** The words of a field: its own, or those that another package gave it in zod's global registry. */
export function wordsOf(schema: z.core.$ZodType): Words | undefined {
  const own = words.get(schema);
  if (own !== undefined) return own;
  const { allowed, ...rest } = z.globalRegistry.get(schema) ?? {};
  return typeof allowed === 'string' ? { allowed, ...rest } : undefined;
}

/** Documents a field: the description goes to editors (JSON Schema), the words to messages. */
export function field<S extends z.core.$ZodType>(schema: S, description: string, told?: Words): S {
  z.globalRegistry.add(schema, { description });
  if (told !== undefined) words.add(schema, told as never);
  return schema;
}

export const text = (pattern: RegExp, lengthMax: number) =>
  z.string().check(z.maxLength(lengthMax), z.regex(pattern));

/** What was found may be anything, and not everything can be made a text. */
export const textOf = (found: unknown): string => (typeof found === 'string' ? found : '');
