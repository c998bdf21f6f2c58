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

/** Each kind of fault has the very fields of its type: none is missing here, and none is more. */
type FieldsOf<F> = Record<keyof F, z.core.$ZodType>;

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
  fix: (found) =>
    typeof found === 'string' && nearest(found, regionNames) === undefined
      ? 'leave region out to strike in any'
      : undefined,
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

const callFault = () =>
  z.strictObject({
    call: field(z.enum([...operationNames(), '*']), 'The operation that fails, or * for any.', {
      wrong: 'which is no operation of the embedded AWS',
      allowed: 'an operation that the embedded AWS knows, such as RunInstances, or "*" for any',
      fix: (found) => {
        const bare = textOf(found).replace(/^.*[:.]|Command$/g, '');
        const near = nearest(bare, operationNames());
        return near === undefined
          ? 'choose one of those that embedded-aws/docs/operations.md lists'
          : `did you mean ${near}?`;
      },
    }),
    service: z.optional(
      field(
        z.enum(Object.keys(services)),
        'The service whose operation it is, where several have one of that name. Left out: any.',
        { wrong: 'which is no service of the embedded AWS', allowed: Object.keys(services).join(', ') },
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
  } satisfies FieldsOf<CallFault>);

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
} satisfies FieldsOf<ReadsFault>);

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
} satisfies FieldsOf<InstanceFault>);

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
} satisfies FieldsOf<ImageFault>);

const agentFault = z.strictObject({
  agent: field(z.enum(['silent']), 'What becomes of the SSM agent of an instance: it never comes online.', {
    allowed: 'silent',
    fix: 'write agent: silent',
  }),
  ...occurrence,
} satisfies FieldsOf<AgentFault>);

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
} satisfies FieldsOf<CommandFault>);

const automationFault = () =>
  z.strictObject({
    automation: field(
      z.enum(automationSteps()),
      'The step of documents/build-linux.yml or build-windows.yml that fails in SSM itself.',
      { wrong: 'which is no step of a build document', allowed: automationSteps().join(', ') },
    ),
    message: message("The step's failure message. Left out: that of an internal error of SSM."),
    hangs: z.optional(
      field(z.boolean(), 'Whether it never ends, instead of failing, until its time is over.'),
    ),
    ...occurrence,
  } satisfies FieldsOf<AutomationFault>);

const lambdaFault = () =>
  z.strictObject({
    lambda: field(
      z.enum(lambdaNames()),
      'The Task state whose function is hit, or a function that no state machine invokes.',
      {
        wrong: 'which is no Task state of statemachines/bake.yml',
        allowed: lambdaNames().join(', '),
      },
    ),
    happens: field(
      z.enum(['killed before', 'killed after', 'invoked twice']),
      'What happens to the function: it dies before it does anything, it dies after it did all, or it runs twice.',
    ),
    ...occurrence,
  } satisfies FieldsOf<LambdaFault>);

const executionFault = () =>
  z.strictObject({
    execution: field(z.enum(['aborted']), 'What becomes of the execution: somebody stops it.', {
      allowed: 'aborted',
      fix: 'write execution: aborted',
    }),
    state: field(
      z.enum(allStateNames()),
      'The state of statemachines/bake.yml at whose entry it is stopped.',
      { wrong: 'which is no state of a state machine', allowed: allStateNames().join(', ') },
    ),
    ...occurrence,
  } satisfies FieldsOf<ExecutionFault>);

/**
 * What goes wrong in the embedded AWS, as a user writes it. A function, since what there is to go wrong is read from the services,
 * the documents and the state machine. What concerns several fields is in faults-file.ts.
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

/** The operations of all emulated services, in alphabetical order. */
function operationNames(): string[] {
  const names = Object.values(services).flatMap(({ operations }) => Object.keys(operations));
  return [...new Set(names)].toSorted();
}

const machines = ['bake', 'clean-up'];

/** The states of both machines. */
const allStateNames = (): string[] => [...new Set(machines.flatMap((file) => statesOf(file).all))];

/** The Task states, and the functions that no machine invokes, by their own names. */
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
