import * as z from 'zod/mini';
import { type FaultNames, field, message, occurrence, text, textOf } from '../core/fault-schema.ts';

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
      'The step of an Automation document that fails in SSM itself.',
      { wrong: 'which is not a step of a build document', allowed: automationSteps.join(', ') },
    ),
    message: message("The step's failure message. Default: the message of an internal error of SSM."),
    hangs: z.optional(field(z.boolean(), 'Whether the step hangs until its timeout, instead of failing.')),
    ...occurrence,
  });

/** The kinds of faults of Systems Manager. */
export const ssmFaults = (names: FaultNames) => ({
  command: commandFault,
  automation: automationFault(names),
});

/** A step of a command on a guest fails, or never ends. */
export type CommandFault = z.output<typeof commandFault>;
/** A step of an automation fails in the service itself, or never ends. */
export type AutomationFault = z.output<ReturnType<typeof automationFault>>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly command: CommandFault;
    readonly automation: AutomationFault;
  }
}

declare module '../core/fault-schema.ts' {
  interface FaultNames {
    /** The steps of the Automation documents. */
    readonly automationSteps: readonly string[];
  }
}
