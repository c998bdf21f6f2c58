import * as z from 'zod/mini';
import { regionMessage, regionNames } from './regions.ts';
import { arnMessage, field, noForeignArn, text, textOf } from './schema-field.ts';

/** Aliases that begin with alias/aws/ name AWS managed keys. EBS uses only one of them (KMS developer guide, "Aliases"). */
const alias = `alias/(aws/ebs|(?!aws/)[a-zA-Z0-9/_-]+)`;
const id = `([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})`;
const keyPattern = new RegExp(`^(${alias}|arn:aws:kms:[a-z0-9-]+:[0-9]{12}:(key/${id}|${alias}))$`);

const key = field(
  text(noForeignArn(keyPattern), 2_048),
  'The ARN of a key, an alias, or the ARN of an alias. A key of another account needs an ARN.',
  arnMessage({
    wrong: 'which is not a key that EBS can use',
    allowed: 'the ARN of a KMS key, or an alias such as alias/golden-images',
    fix: (found) =>
      new RegExp(`^${id}$`).test(textOf(found))
        ? 'write the ARN of the key (aws kms describe-key)'
        : 'copy the ARN or the alias from the KMS console of the region',
  }),
);

const keys = field(
  z
    .record(
      field(z.string().check(z.refine((region) => (regionNames as string[]).includes(region))), 'A region.', {
        ...regionMessage,
        fix: 'name the region of the key',
      }),
      key,
    )
    .check(z.refine((keys) => Object.keys(keys).length > 0)),
  'The key of each region: of every region in regions and optionalRegions, and of the region of the deployment, where the image is built.',
  {
    wrong: 'which names no key',
    allowed: 'stack, or a map from regions to keys',
    fix: 'use this form: { us-east-1: alias/golden-images }',
  },
);

export const encryption = field(
  z.strictObject({
    keys: field(
      z.union([field(z.literal('stack'), 'The keys that the stack creates.'), keys]),
      'stack: the key that the stack creates in each region, with a policy for all accounts that the deployed recipes share images with. Or a map with your own key of each region. If the recipe shares the image, your own keys must be customer managed keys, and their policies must let the accounts use them.',
      {
        allowed: 'stack, or a map from regions to keys',
        fix: 'write stack for the keys that the stack creates, or use this form: { us-east-1: alias/golden-images }',
      },
    ),
  }),
  'Encrypts the volumes of the builder and the image with these keys. Default: the image is encrypted only if its base is, or if EBS encrypts by default.',
  {
    allowed: 'a map with the field keys',
    fix: () => 'use this form: { keys: stack }, or { keys: { us-east-1: alias/golden-images } }',
  },
);
