import * as z from 'zod/mini';
import { field, message, occurrence, text, where } from '../core/fault-schema.ts';

/** The id prefixes of resources whose writes can lag. */
export const idPrefixes = ['ami', 'i', 'snap', 'vol'];

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

/** The kinds of faults of EC2. */
export const ec2Faults = { instance: instanceFault, image: imageFault };

/** An accepted instance is terminated by AWS. */
export type InstanceFault = z.output<typeof instanceFault>;
/** An image that CreateImage or CopyImage started becomes `failed`, or stays `pending` forever. */
export type ImageFault = z.output<typeof imageFault>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly instance: InstanceFault;
    readonly image: ImageFault;
  }
}
