import type { Recipe } from './recipe.ts';

/** The SNS topic for new Amazon Linux 2023 images (Amazon Linux 2023 user guide, "Receiving notifications on new updates"). */
export const AMAZON_LINUX_TOPIC = 'arn:aws:sns:us-east-1:137112412989:amazon-linux-2023-ami-updates';

/** Whether a new Amazon Linux 2023 image starts a build of the recipe. */
export const followsAmazonLinux = ({ base, rebuildOnNewBase }: Recipe): boolean =>
  rebuildOnNewBase &&
  'ssmParameter' in base &&
  base.ssmParameter.startsWith('/aws/service/ami-amazon-linux-latest/al2023-');
