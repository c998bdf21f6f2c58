import * as z from 'zod/mini';
import { regionNames } from './regions.ts';

/** What a message about a wrong value says. */
interface FieldWords {
  /** Follows the value that was found: "…, which is not a region of the aws partition". */
  readonly wrong?: string;
  readonly allowed: string;
  /** How to fix the value. */
  readonly fix?: string | ((found: unknown) => string | undefined);
  /** How to fix the value if no allowed value is similar. */
  readonly otherwise?: string;
}

/** Describes a field of a fault. A program that explains wrong files finds the description and the words in `z.globalRegistry`. */
export function field<S extends z.core.$ZodType>(schema: S, description: string, words?: FieldWords): S {
  z.globalRegistry.add(schema, { description, ...words });
  return schema;
}

/** A text that matches a pattern. */
export const text = (pattern: RegExp, lengthMax: number) =>
  z.string().check(z.maxLength(lengthMax), z.regex(pattern));

/** The text that was found; empty if the value is not a text. */
export const textOf = (found: unknown): string => (typeof found === 'string' ? found : '');

/**
 * The names that faults may use: of the embedded AWS, and of what is deployed in it. Each service adds the names of
 * its own faults to this interface in its `faults.ts`.
 */
export interface FaultNames {
  readonly services: readonly string[];
  readonly operations: readonly string[];
}

/** The message of an error or of a state, which a fault may give. */
export const message = (description: string) =>
  z.optional(
    field(text(/\S/, 1000), description, {
      allowed: 'a text of 1 to 1000 characters',
      fix: 'write the message that AWS would send, or remove message',
    }),
  );

const region = field(
  z.enum(regionNames),
  'The only region in which the fault strikes. Default: all regions.',
  {
    wrong: 'which is not a region of the aws partition',
    allowed: 'a region of the aws partition, such as us-east-1',
    otherwise: 'remove region to strike in all regions',
  },
);

/** The fields of every fault: where and how often the fault strikes. */
export const occurrence = {
  region: z.optional(region),
  skip: z.optional(
    field(
      z.int().check(z.minimum(0), z.maximum(1_000_000)),
      'The number of occasions before the fault strikes. Default: 0.',
      {
        allowed: 'a whole number from 0 to 1000000',
        fix: 'write skip: 2 to skip two occasions',
      },
    ),
  ),
  times: z.optional(
    field(
      z.union([z.int().check(z.minimum(1), z.maximum(1_000_000)), z.enum(['always'])]),
      'The number of occasions on which the fault strikes, or always. Default: 1.',
      {
        allowed: 'a whole number from 1 to 1000000, or always',
        fix: (found) => {
          if (found === 0) return 'remove a fault that should never strike';
          return /^al/i.test(textOf(found)) ? 'did you mean always?' : 'write times: 3, or times: always';
        },
      },
    ),
  ),
  chance: z.optional(
    field(
      z.number().check(z.gt(0), z.maximum(1)),
      'The probability that the fault strikes on an occasion, drawn from the seed. Default: 1.',
      {
        allowed: 'a number above 0, up to 1',
        fix: (found) =>
          typeof found === 'number' && found > 1 && found <= 100
            ? `write ${found} % as ${found / 100}`
            : 'write chance: 0.1 to strike on about one occasion in ten',
      },
    ),
  ),
};

/** Limits a fault to calls with these parameters. */
export const where = z.optional(
  field(
    z.record(z.string(), z.unknown()),
    "Parameters that the call must have, by AWS's names. Default: any call.",
    { allowed: 'a map of parameters, such as { InstanceType: m7i.large }' },
  ),
);

const listed = 'choose an operation from embedded-aws/docs/operations.md';

export const callFault = ({ operations, services }: FaultNames) =>
  z.strictObject({
    call: field(z.enum([...operations, '*']), 'The operation that fails, or * for any operation.', {
      wrong: 'which is not an operation of the embedded AWS',
      allowed: 'an operation of the embedded AWS, such as RunInstances, or "*" for any operation',
      fix: (found) => {
        const bare = textOf(found).replace(/^.*[:.]|Command$/g, '');
        if (operations.includes(bare)) return `did you mean ${bare}?`;
        // The wildcard is similar to every short text.
        return bare.length < 3 ? listed : undefined;
      },
      otherwise: listed,
    }),
    service: z.optional(
      field(
        z.enum([...services]),
        'The service of the operation, if several services have an operation of that name. Default: any service.',
        { wrong: 'which is not a service of the embedded AWS', allowed: services.join(', ') },
      ),
    ),
    where,
    error: field(text(/^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$/, 128), "AWS's error code.", {
      wrong: 'which is not an error code of AWS',
      allowed: 'an error code of AWS: letters and digits, optionally with dots',
      fix: () =>
        'write a code such as InsufficientInstanceCapacity, and put the text of the error in message',
    }),
    message: message('The message of the error. Default: the code, and a note that the fault is injected.'),
    status: z.optional(
      field(
        z.int().check(z.minimum(400), z.maximum(599)),
        'The HTTP status. Default: the status that EC2 sends with this code, or 400.',
        {
          allowed: 'a whole number from 400 to 599',
          fix: 'remove status, unless the status decides whether the call is retried',
        },
      ),
    ),
    afterEffect: z.optional(
      field(z.boolean(), 'Whether the call takes effect and only the response is an error.'),
    ),
    ...occurrence,
  });

const { region: _everywhere, ...inAnyRegion } = occurrence;

/** `idPrefixes`: the id prefixes of the resources whose writes can lag. */
export const readsFault = (idPrefixes: readonly string[]) =>
  z.strictObject({
    reads: field(z.enum(['lag']), 'What happens to reads: they do not show the latest write.', {
      allowed: 'lag',
      fix: 'write reads: lag',
    }),
    of: z.optional(
      field(
        z.enum([...idPrefixes]),
        'The affected resources, by the prefix of their ids. Default: all resources.',
        { wrong: 'which is not a prefix of an id', allowed: idPrefixes.join(', ') },
      ),
    ),
    seconds: field(z.number().check(z.gt(0), z.maximum(86_400)), 'How long reads do not show the write.', {
      allowed: 'a number of seconds above 0, up to 86400 (one day)',
      fix: 'write a number without a unit, such as 60',
    }),
    ...inAnyRegion,
  });

/** The schema of a file of faults. `kinds` has the schema of each kind of fault, in the order of the documentation. */
export function faultFileSchema<S extends z.ZodMiniType>(kinds: Readonly<Record<string, S>>) {
  const names = Object.keys(kinds);
  const fault = field(z.union(Object.values(kinds)), 'One fault.', {
    allowed: `a map with exactly one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
    fix: 'write a fault as in { call: RunInstances, error: InsufficientInstanceCapacity }',
  });
  const fix = 'write faults: and a list below, as in embedded-aws/docs/faults.md';
  return field(
    z.strictObject({
      faults: field(
        z.array(fault).check(z.minLength(1), z.maxLength(100)),
        'The faults. If several faults match the same occasion, the first one strikes.',
        {
          allowed: 'a list of 1 to 100 faults',
          fix: (found) =>
            Array.isArray(found) && found.length > 0 ? 'remove faults that you do not need' : fix,
        },
      ),
    }),
    'Faults to inject into the embedded AWS.',
    {
      allowed: 'a map with the field faults',
      fix: (found) => (Array.isArray(found) ? 'write faults: above the list' : fix),
    },
  );
}
