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
      fix: 'write what AWS would say, or leave message out',
    }),
  );

const region = field(z.enum(regionNames), 'The only region in which it strikes. Left out: any.', {
  wrong: 'which is no region of the aws partition',
  allowed: 'a region of the aws partition, such as us-east-1',
  otherwise: 'leave region out to strike in any',
});

/** Where and how often: fields of every fault. */
const occurrence = {
  region: z.optional(region),
  skip: z.optional(
    field(
      z.int().check(z.minimum(0), z.maximum(1_000_000)),
      'How many occasions pass before it strikes. Left out: none.',
      {
        allowed: 'a whole number from 0 to 1000000',
        fix: 'write skip: 2 to let two occasions pass',
      },
    ),
  ),
  times: z.optional(
    field(
      z.union([z.int().check(z.minimum(1), z.maximum(1_000_000)), z.enum(['always'])]),
      'On how many occasions it strikes, or always. Left out: 1.',
      {
        allowed: 'a whole number from 1 to 1000000, or always',
        fix: (found) => {
          if (found === 0) return 'remove the fault if it is never to strike';
          return /^al/i.test(textOf(found)) ? 'did you mean always?' : 'write times: 3, or times: always';
        },
      },
    ),
  ),
  chance: z.optional(
    field(
      z.number().check(z.gt(0), z.maximum(1)),
      'With what probability it strikes on an occasion, drawn from the seed. Left out: 1, always.',
      {
        allowed: 'a number above 0, up to 1',
        fix: (found) =>
          typeof found === 'number' && found > 1 && found <= 100
            ? `write ${found} % as ${found / 100}`
            : 'write chance: 0.1 to strike on every tenth occasion or so',
      },
    ),
  ),
};

const where = z.optional(
  field(
    z.record(z.string(), z.unknown()),
    "Parameters that the call must carry, by AWS's names. Left out: any call.",
    { allowed: 'a map of parameters, such as { InstanceType: m7i.large }' },
  ),
);

/** Resources whose writes are seen late. */
const ID_PREFIXES = ['ami', 'i', 'snap', 'vol'];

const listed = 'choose one of those that embedded-aws/docs/operations.md lists';

const callFault = ({ operations, services }: FaultNames) =>
  z.strictObject({
    call: field(z.enum([...operations, '*']), 'The operation that fails, or * for any.', {
      wrong: 'which is no operation of the embedded AWS',
      allowed: 'an operation that the embedded AWS knows, such as RunInstances, or "*" for any',
      fix: (found) => {
        const bare = textOf(found).replace(/^.*[:.]|Command$/g, '');
        if (operations.includes(bare)) return `did you mean ${bare}?`;
        // The wildcard is near to every short text.
        return bare.length < 3 ? listed : undefined;
      },
      otherwise: listed,
    }),
    service: z.optional(
      field(
        z.enum([...services]),
        'The service whose operation it is, where several have one of that name. Left out: any.',
        { wrong: 'which is no service of the embedded AWS', allowed: services.join(', ') },
      ),
    ),
    where,
    error: field(text(/^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$/, 128), "AWS's code of the error.", {
      wrong: 'which is no error code of AWS',
      allowed: "AWS's code of an error: letters and digits, perhaps with dots",
      fix: () => 'give the code as in InsufficientInstanceCapacity, and what it says in message',
    }),
    message: message('What the error says. Left out: the code, and that it is a fault of the simulation.'),
    status: z.optional(
      field(
        z.int().check(z.minimum(400), z.maximum(599)),
        'The HTTP status. Left out: the one that EC2 answers this code with, or 400.',
        {
          allowed: 'a whole number from 400 to 599',
          fix: 'leave status out, unless it decides whether the call is tried again',
        },
      ),
    ),
    afterEffect: z.optional(
      field(z.boolean(), 'Whether the call takes effect all the same, and only its answer is the error.'),
    ),
    ...occurrence,
  });

const { region: _everywhere, ...inAnyRegion } = occurrence;

const readsFault = z.strictObject({
  reads: field(z.enum(['lag']), 'What becomes of reads: they do not show what was just written.', {
    allowed: 'lag',
    fix: 'write reads: lag',
  }),
  of: z.optional(
    field(
      z.enum(ID_PREFIXES),
      'The resources that it concerns, by the beginning of their ids. Left out: any.',
      { wrong: 'which is no beginning of an id', allowed: ID_PREFIXES.join(', ') },
    ),
  ),
  seconds: field(z.number().check(z.gt(0), z.maximum(86_400)), 'For how long the write is not seen.', {
    allowed: 'a number of seconds, up to 86400, a day',
    fix: 'give the time as a number alone, such as 60',
  }),
  ...inAnyRegion,
});

const instanceFault = z.strictObject({
  instance: field(z.enum(['terminates']), 'What happens to an instance that was launched.', {
    allowed: 'terminates',
    fix: 'write instance: terminates',
  }),
  where,
  afterSeconds: field(
    z.number().check(z.minimum(0), z.maximum(604_800)),
    'How many seconds after its launch it ends.',
    {
      allowed: 'a number of seconds from 0 to 604800, a week',
      fix: 'give the time as a number alone, such as 300',
    },
  ),
  reason: field(
    text(/^(Server|Client)(\.[A-Za-z]+)+$/, 128),
    'The code of the state reason that EC2 then shows.',
    {
      wrong: 'which is no state reason of EC2',
      allowed: "the code of one of EC2's state reasons, beginning with Server. or Client.",
      fix: 'give a code such as Server.InternalError, and what it says in message',
    },
  ),
  message: message("The message of the state reason. Left out: EC2's."),
  ...occurrence,
});

const imageFault = z.strictObject({
  image: field(
    z.enum(['fails', 'hangs']),
    'What becomes of an image that was begun: it ends failed, or stays pending for good.',
  ),
  by: z.optional(
    field(z.enum(['CreateImage', 'CopyImage']), 'The operation that begins the image. Left out: either.'),
  ),
  message: message("The message of the image's state reason. Left out: EC2's."),
  ...occurrence,
});

const agentFault = z.strictObject({
  agent: field(z.enum(['silent']), 'What becomes of the SSM agent of an instance: it never comes online.', {
    allowed: 'silent',
    fix: 'write agent: silent',
  }),
  ...occurrence,
});

const commandFault = z.strictObject({
  command: field(
    text(/^[A-Za-z0-9_.:/-]+$/, 200),
    'The SSM document, or the step of one, that fails on the instance.',
    {
      wrong: 'which is no name of an SSM document or of a step in one',
      allowed: 'letters, digits and _ . : / -, such as AWS-RunPatchBaseline or step01_web_server',
      fix: (found) => {
        const name = textOf(found)
          .replaceAll(/[^a-zA-Z0-9]+/g, '_')
          .replaceAll(/^_+|_+$/g, '');
        return name === ''
          ? 'name a document, such as AWS-RunPatchBaseline'
          : `a recipe's first step of this name is step01_${name} in SSM, its second step02_${name}, and so on`;
      },
    },
  ),
  exitCode: z.optional(
    field(z.int().check(z.minimum(1), z.maximum(0xffff_ffff)), 'The exit code it fails with. Left out: 1.', {
      allowed: 'a whole number from 1 to 4294967295',
      fix: 'give an exit code other than 0, or leave exitCode out',
    }),
  ),
  output: z.optional(
    field(z.string().check(z.maxLength(24_000)), 'What it prints before. Left out: nothing.', {
      allowed: 'a text of at most 24000 characters',
      fix: 'give its last lines: those are shown',
    }),
  ),
  hangs: z.optional(field(z.boolean(), 'Whether it never ends, instead of failing, until its time is over.')),
  ...occurrence,
});

const automationFault = ({ automationSteps }: FaultNames) =>
  z.strictObject({
    automation: field(
      z.enum([...automationSteps]),
      'The step of documents/build-linux.yml or build-windows.yml that fails in SSM itself.',
      { wrong: 'which is no step of a build document', allowed: automationSteps.join(', ') },
    ),
    message: message("The step's failure message. Left out: that of an internal error of SSM."),
    hangs: z.optional(
      field(z.boolean(), 'Whether it never ends, instead of failing, until its time is over.'),
    ),
    ...occurrence,
  });

const lambdaFault = ({ functions }: FaultNames) =>
  z.strictObject({
    lambda: field(
      z.enum([...functions]),
      'The Task state whose function is hit, or a function that no state machine invokes.',
      {
        wrong: 'which is no Task state of statemachines/bake.yml',
        allowed: functions.join(', '),
      },
    ),
    happens: field(
      z.enum(['killed before', 'killed after', 'invoked twice']),
      'What happens to the function: it dies before it does anything, it dies after it did all, or it runs twice.',
    ),
    ...occurrence,
  });

const executionFault = ({ states }: FaultNames) =>
  z.strictObject({
    execution: field(z.enum(['aborted']), 'What becomes of the execution: somebody stops it.', {
      allowed: 'aborted',
      fix: 'write execution: aborted',
    }),
    state: field(z.enum([...states]), 'The state of statemachines/bake.yml at whose entry it is stopped.', {
      wrong: 'which is no state of a state machine',
      allowed: states.join(', '),
    }),
    ...occurrence,
  });

/** The schema of a file of faults. The types of faults in `faults.ts` are derived from it. */
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
    'One thing that goes wrong.',
    {
      allowed:
        'a map with exactly one of call, reads, instance, image, agent, command, automation, lambda and execution',
      fix: 'write it as in { call: RunInstances, error: InsufficientInstanceCapacity }',
    },
  );
  const fix = 'write faults: and below it a list, as in embedded-aws/docs/faults.md';
  return field(
    z.strictObject({
      faults: field(
        z.array(fault).check(z.minLength(1), z.maxLength(100)),
        'What goes wrong. Where several faults fit one occasion, the first of them strikes.',
        {
          allowed: 'a list of 1 to 100 faults',
          fix: (found) => (Array.isArray(found) && found.length > 0 ? 'keep those you need' : fix),
        },
      ),
    }),
    'What goes wrong in a bake on the embedded AWS.',
    {
      allowed: 'a map with the one field faults',
      fix: (found) => (Array.isArray(found) ? 'write faults: above the list' : fix),
    },
  );
}
