import * as z from 'zod/mini';
import { CHANNELS_DEFAULT } from './channels-default.ts';
import { instanceRefresh } from './fast-launch-schema.ts';
import { region } from './region-schema.ts';
import { arnMessage, field, noForeignArn, text, wholeNumber } from './schema-field.ts';

const launchTemplate = field(
  z.strictObject({
    region,
    id: field(text(/^lt-([0-9a-f]{8}|[0-9a-f]{17})$/, 20), 'The id of the launch template.', {
      wrong: 'which is not the id of a launch template',
      allowed: 'lt- followed by 8 or 17 hexadecimal digits',
      fix: 'copy the id from the field LaunchTemplateId of aws ec2 describe-launch-templates',
    }),
    channel: z.optional(
      field(z.string(), 'The channel that the launch template follows. Default: the first channel.'),
    ),
    default: z._default(
      field(z.boolean(), 'Whether the new version becomes the default version of the launch template.'),
      false,
    ),
  }),
  'A launch template that follows a channel.',
);

export const publish = field(
  z.strictObject({
    channels: z.prefault(
      field(
        z
          .array(
            field(
              text(/^(?!versions$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 30),
              'The name of a channel. The SSM parameter /golden-images/<recipe>/<channel> names its image.',
              {
                wrong: (found) =>
                  found === 'versions'
                    ? 'which is the path of the parameters of versions'
                    : 'which is not the name of a channel',
                allowed:
                  'at most 30 lower-case letters and digits, starting with a letter, with single hyphens between them, except versions',
                fix: 'use a name such as candidate or stable',
              },
            ),
          )
          .check(z.minLength(1), z.maxLength(5)),
        'The channels, in the order in which a release passes through them. A release enters the first channel. golden promote moves it to the next channel. Default: [candidate, stable].',
        {
          allowed: 'a list of 1 to 5 channels',
          fix: 'list the channels in order, such as [candidate, stable], or remove channels',
        },
      ),
      CHANNELS_DEFAULT,
    ),
    promoteAfterHours: z.optional(
      field(
        z.record(
          z.string(),
          wholeNumber(
            1,
            8_760,
            'After this number of hours in the channel, a release moves to the next channel by itself.',
            {
              allowed: 'a whole number of hours from 1 to 8760 (a year)',
              fix: 'write the hours as a number, such as 48',
            },
          ),
        ),
        'By channel, after how many hours a release moves to the next channel by itself, unless a newer release replaces it in the channel before. Default: people and events promote releases.',
        {
          allowed: 'a map from channels, except the last, to hours',
          fix: (found) =>
            typeof found === 'number'
              ? `use this form: { candidate: ${found} }`
              : 'use this form: { candidate: 48 }',
        },
      ),
    ),
    roles: z._default(
      field(
        z
          .array(
            field(
              text(noForeignArn(/^arn:aws:iam::[0-9]{12}:role\/[\w+=,.@/-]*[\w+=,.@-]$/), 2_048),
              'The ARN of a role in a consumer account that may write the parameters there.',
              arnMessage({
                wrong: 'which is not the ARN of a role',
                allowed: 'arn:aws:iam::<account>:role/<name>',
                fix: 'copy the ARN of the role in the consumer account, from the field Arn of aws iam get-role',
              }),
            ),
          )
          .check(z.maxLength(10)),
        'The roles of the consumer accounts in which the same parameters are written, in each region of the recipe, so that these accounts can launch the image through a parameter of their own. docs/publishing.md has the policies that such a role needs. Default: only the account of the pipeline has the parameters.',
        {
          allowed: 'a list of at most 10 ARNs of roles, one for each account',
          fix: 'list the ARN of one role in each consumer account, or remove roles',
        },
      ),
      [],
    ),
    launchTemplates: z._default(
      field(
        z.array(launchTemplate).check(z.maxLength(20)),
        'The launch templates of the account of the pipeline that get a new version with the image when a channel moves. A template whose image is resolve:ssm:/golden-images/… needs no new versions. Default: none.',
        {
          allowed: 'a list of at most 20 launch templates',
          fix: 'use this form: { region: us-east-1, id: lt-0123456789abcdef0, channel: stable, default: true }',
        },
      ),
      [],
    ),
    instanceRefresh: z.optional(instanceRefresh),
  }),
  'How consumers find the image: SSM parameters of the type aws:ec2:image, in each region of the recipe.',
);
