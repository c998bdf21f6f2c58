import type { View } from '../screen/screen.ts';
import type { Deployment } from './deployment.ts';

/** How a screen shows a deployment. */
export function deployedView(
  { account, region, endpoint }: Deployment,
  { verb, recipe, description }: { verb: string; recipe: string; description?: string | undefined },
  now: () => number,
): View {
  return {
    heading: ({ paint }) => [
      `${verb} ${paint('bold', recipe)}${description === undefined ? '' : `: ${description}`}`,
      describePlace({ account, region, endpoint }),
    ],
    now,
  };
}

/** The line that says which AWS a command acts on. */
export const describePlace = ({
  account,
  region,
  endpoint,
}: Pick<Deployment, 'account' | 'region' | 'endpoint'>): string =>
  `World      AWS, account ${account}, ${region}${endpoint === undefined ? '' : `, at ${endpoint}`}`;
