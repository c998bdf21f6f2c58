import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentFault,
  type AutomationFault,
  type CallFault,
  type CommandFault,
  type ExecutionFault,
  type ImageFault,
  type InstanceFault,
  type LambdaFault,
  type ReadsFault,
  regionNames,
  services,
} from 'embedded-aws';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { statesOf } from '../../local/machines.ts';
import { nearest } from '../../shared/recipe/nearest.ts';
import { field, text, textOf } from '../../shared/recipe/schema-field.ts';

/** Each schema has exactly the fields of its fault type. */
type FieldsOf<F> = Record<keyof F, z.core.$ZodType>;

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
    fix: (found) =>
      typeof found === 'string' && nearest(found, regionNames) === undefined
        ? 'remove region to strike in all regions'
        : undefined,
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
          return typeof found === 'string' && nearest(found, ['always']) !== undefined
            ? 'did you mean always?'
            : 'write times: 3, or times: always';
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

const callFault = () =>
  z.strictObject({
    call: field(z.enum([...operationNames(), '*']), 'The operation that fails, or * for any operation.', {
      wrong: 'which is not an operation of the embedded AWS',
      allowed: 'an operation of the embedded AWS, such as RunInstances, or "*" for any operation',
      fix: (found) => {
        const bare = textOf(found).replace(/^.*[:.]|Command$/g, '');
        const near = nearest(bare, operationNames());
        return near === undefined
          ? 'choose an operation from embedded-aws/docs/operations.md'
          : `did you mean ${near}?`;
      },
    }),
    service: z.optional(
      field(
        z.enum(Object.keys(services)),
        'The service of the operation, if several services have an operation of that name. Default: any service.',
        { wrong: 'which is not a service of the embedded AWS', allowed: Object.keys(services).join(', ') },
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
      field(z.boolean(), 'Whether the call takes effect and only the answer is an error.'),
    ),
    ...occurrence,
  } satisfies FieldsOf<CallFault>);

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
} satisfies FieldsOf<ReadsFault>);

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
} satisfies FieldsOf<InstanceFault>);

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
} satisfies FieldsOf<ImageFault>);

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
} satisfies FieldsOf<AgentFault>);

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
} satisfies FieldsOf<CommandFault>);

const automationFault = () =>
  z.strictObject({
    automation: field(
      z.enum(automationSteps()),
      'The step of documents/build-linux.yml or build-windows.yml that fails in SSM itself.',
      { wrong: 'which is not a step of a build document', allowed: automationSteps().join(', ') },
    ),
    message: message("The step's failure message. Default: the message of an internal error of SSM."),
    hangs: z.optional(field(z.boolean(), 'Whether the step hangs until its timeout, instead of failing.')),
    ...occurrence,
  } satisfies FieldsOf<AutomationFault>);

const lambdaFault = () =>
  z.strictObject({
    lambda: field(
      z.enum(lambdaNames()),
      'The Task state of the affected function, or a function that no state machine invokes.',
      {
        wrong: 'which is not one of the allowed names',
        allowed: lambdaNames().join(', '),
      },
    ),
    happens: field(
      z.enum(['killed before', 'killed after', 'invoked twice']),
      'What happens to the function: it is killed before it does anything, it is killed after its work, or it runs twice.',
    ),
    ...occurrence,
  } satisfies FieldsOf<LambdaFault>);

const executionFault = () =>
  z.strictObject({
    execution: field(z.enum(['aborted']), 'What happens to the execution: it is stopped.', {
      allowed: 'aborted',
      fix: 'write execution: aborted',
    }),
    state: field(z.enum(allStateNames()), 'The state at whose entry the execution is stopped.', {
      wrong: 'which is not a state of a state machine',
      allowed: allStateNames().join(', '),
    }),
    ...occurrence,
  } satisfies FieldsOf<ExecutionFault>);

/**
 * The schema of a file of faults. It is a function because it reads the names of operations, steps and states from the services, the
 * documents and the state machines. The rules about several fields are in faults-file.ts.
 */
export function faultsSchema() {
  const fault = field(
    z.union([
      callFault(),
      readsFault,
      instanceFault,
      imageFault,
      agentFault,
      commandFault,
      automationFault(),
      lambdaFault(),
      executionFault(),
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

/** The operations of all emulated services, in alphabetical order. */
function operationNames(): string[] {
  const names = Object.values(services).flatMap(({ operations }) => Object.keys(operations));
  return [...new Set(names)].toSorted();
}

const machines = ['bake', 'clean-up'];

/** The states of both machines. */
const allStateNames = (): string[] => [...new Set(machines.flatMap((file) => statesOf(file).all))];

/** The Task states, and the names of the functions that no state machine invokes. */
const lambdaNames = (): string[] => [
  ...new Set(machines.flatMap((file) => Object.keys(statesOf(file).functionKeys))),
  ...['golden-image-trigger', 'golden-image-watch'],
];

/** The steps of the documents that patch an instance. */
function automationSteps(): string[] {
  const names = ['build-linux.yml', 'build-windows.yml'].flatMap((file) => {
    const content = readFileSync(join(import.meta.dirname, '../..', 'documents', file), 'utf8');
    const { mainSteps } = parse(content) as { mainSteps: readonly { name: string }[] };
    return mainSteps.map(({ name }) => name);
  });
  return [...new Set(names)];
}
