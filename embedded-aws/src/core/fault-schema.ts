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

/** Describes a field. A program that explains wrong files finds the description and the words in `z.globalRegistry`. */
function field<S extends z.core.$ZodType>(schema: S, description: string, words?: FieldWords): S {
  z.globalRegistry.add(schema, { description, ...words });
  return schema;
}

const text = (pattern: RegExp, lengthMax: number) =>
  z.string().check(z.maxLength(lengthMax), z.regex(pattern));

const textOf = (found: unknown): string => (typeof found === 'string' ? found : '');

/** The names that faults may use: of the embedded AWS, and of what is deployed in it. */
export interface FaultNames {
  readonly services: readonly string[];
  readonly operations: readonly string[];
  /** The steps of the Automation documents. */
  readonly automationSteps: readonly string[];
  /** The Task states, and the functions that no state machine invokes. */
  readonly functions: readonly string[];
  /** The states of the state machines. */
  readonly states: readonly string[];
}

const message = (description: string) =>
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
const occurrence = {
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

const where = z.optional(
  field(
    z.record(z.string(), z.unknown()),
    "Parameters that the call must have, by AWS's names. Default: any call.",
    { allowed: 'a map of parameters, such as { InstanceType: m7i.large }' },
  ),
);

/** The id prefixes of resources whose writes can lag. */
const ID_PREFIXES = ['ami', 'i', 'snap', 'vol'];

const listed = 'choose an operation from embedded-aws/docs/operations.md';

const callFault = ({ operations, services }: FaultNames) =>
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

const readsFault = z.strictObject({
  reads: field(z.enum(['lag']), 'What happens to reads: they do not show the latest write.', {
    allowed: 'lag',
    fix: 'write reads: lag',
  }),
  of: z.optional(
    field(
      z.enum(ID_PREFIXES),
      'The affected resources, by the prefix of their ids. Default: all resources.',
      { wrong: 'which is not a prefix of an id', allowed: ID_PREFIXES.join(', ') },
    ),
  ),
  seconds: field(z.number().check(z.gt(0), z.maximum(86_400)), 'How long reads do not show the write.', {
    allowed: 'a number of seconds above 0, up to 86400 (one day)',
    fix: 'write a number without a unit, such as 60',
  }),
  ...inAnyRegion,
});

const instanceFault = z.strictObject({
  instance: field(z.enum(['terminates']), 'What happens to a launched instance.', {
    allowed: 'terminates',
    fix: 'write instance: terminates',
  }),
  where,
  afterSeconds: field(
    z.number().check(z.minimum(0), z.maximum(604_800)),
    'The number of seconds after the launch at which the instance terminates.',
    {
      allowed: 'a number of seconds from 0 to 604800 (one week)',
      fix: 'write a number without a unit, such as 300',
    },
  ),
  reason: field(
    text(/^(Server|Client)(\.[A-Za-z]+)+$/, 128),
    'The code of the state reason that EC2 shows after the termination.',
    {
      wrong: 'which is not a state reason of EC2',
      allowed: 'the code of a state reason of EC2, which begins with Server. or Client.',
      fix: 'write a code such as Server.InternalError, and put the text of the reason in message',
    },
  ),
  message: message("The message of the state reason. Default: EC2's message."),
  ...occurrence,
});

const imageFault = z.strictObject({
  image: field(
    z.enum(['fails', 'hangs']),
    'What happens to a new image: the image fails, or stays pending forever.',
  ),
  by: z.optional(
    field(z.enum(['CreateImage', 'CopyImage']), 'The operation that creates the image. Default: either.'),
  ),
  message: message("The message of the image's state reason. Default: EC2's message."),
  ...occurrence,
});

const agentFault = z.strictObject({
  agent: field(
    z.enum(['silent']),
    'What happens to the SSM agent of an instance: the agent never comes online.',
    {
      allowed: 'silent',
      fix: 'write agent: silent',
    },
  ),
  ...occurrence,
});

const commandFault = z.strictObject({
  command: field(
    text(/^[A-Za-z0-9_.:/-]+$/, 200),
    'The SSM document, or the step of an SSM document, that fails on the instance.',
    {
      wrong: 'which is not the name of an SSM document or of its step',
      allowed: 'letters, digits and _ . : / -, such as AWS-RunPatchBaseline or step01_web_server',
      fix: (found) => {
        const name = textOf(found)
          .replaceAll(/[^a-zA-Z0-9]+/g, '_')
          .replaceAll(/^_+|_+$/g, '');
        return name === ''
          ? 'name a document, such as AWS-RunPatchBaseline'
          : `write step01_${name} if the step is the first one in the recipe, step02_${name} if it is the second one, and so on`;
      },
    },
  ),
  exitCode: z.optional(
    field(
      z.int().check(z.minimum(1), z.maximum(0xffff_ffff)),
      'The exit code of the failed command. Default: 1.',
      {
        allowed: 'a whole number from 1 to 4294967295',
        fix: 'write an exit code other than 0, or remove exitCode',
      },
    ),
  ),
  output: z.optional(
    field(z.string().check(z.maxLength(24_000)), 'The output before the failure. Default: no output.', {
      allowed: 'a text of at most 24000 characters',
      fix: 'keep only the last lines, which are the lines that are shown',
    }),
  ),
  hangs: z.optional(field(z.boolean(), 'Whether the command hangs until its timeout, instead of failing.')),
  ...occurrence,
});

const automationFault = ({ automationSteps }: FaultNames) =>
  z.strictObject({
    automation: field(
      z.enum([...automationSteps]),
      'The step of documents/build-linux.yml or build-windows.yml that fails in SSM itself.',
      { wrong: 'which is not a step of a build document', allowed: automationSteps.join(', ') },
    ),
    message: message("The step's failure message. Default: the message of an internal error of SSM."),
    hangs: z.optional(field(z.boolean(), 'Whether the step hangs until its timeout, instead of failing.')),
    ...occurrence,
  });

const lambdaFault = ({ functions }: FaultNames) =>
  z.strictObject({
    lambda: field(
      z.enum([...functions]),
      'The Task state of the affected function, or a function that no state machine invokes.',
      {
        wrong: 'which is not one of the allowed names',
        allowed: functions.join(', '),
      },
    ),
    happens: field(
      z.enum(['killed before', 'killed after', 'invoked twice']),
      'What happens to the function: it is killed before it does anything, it is killed after its work, or it runs twice.',
    ),
    ...occurrence,
  });

const executionFault = ({ states }: FaultNames) =>
  z.strictObject({
    execution: field(z.enum(['aborted']), 'What happens to the execution: it is stopped.', {
      allowed: 'aborted',
      fix: 'write execution: aborted',
    }),
    state: field(z.enum([...states]), 'The state. The execution is stopped when it enters this state.', {
      wrong: 'which is not a state of a state machine',
      allowed: states.join(', '),
    }),
    ...occurrence,
  });

/** The schema of a file of faults. The types of faults in `faults.ts` are derived from this schema. */
export function faultsSchema(names: FaultNames) {
  const fault = field(
    z.union([
      callFault(names),
      readsFault,
      instanceFault,
      imageFault,
      agentFault,
      commandFault,
      automationFault(names),
      lambdaFault(names),
      executionFault(names),
    ]),
    'One fault.',
    {
      allowed:
        'a map with exactly one of call, reads, instance, image, agent, command, automation, lambda and execution',
      fix: 'write a fault as in { call: RunInstances, error: InsufficientInstanceCapacity }',
    },
  );
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
