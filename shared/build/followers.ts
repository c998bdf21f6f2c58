import * as z from 'zod/mini';
import { accountOf } from '../arns.ts';
import { type Publication, placeName } from './publication.ts';
import type { SeenTemplate, Template } from './template-versions.ts';

/** What follows a release besides the parameters in the account of the pipeline. */
export const followersSchema = {
  /** The consumer accounts that have the same parameters; absent: none. */
  accounts: z.optional(z.array(z.string())),
  /** The versions of launch templates that have the image, and whether they are the default versions; absent: none. */
  launchTemplates: z.optional(
    z.array(z.object({ region: z.string(), id: z.string(), version: z.number(), default: z.boolean() })),
  ),
};
const followers = z.object(followersSchema);
export type Followers = z.infer<typeof followers>;

/** The followers of a complete publication. A template whose default version had the image before has no version of this execution. */
export function followersOf(
  { consumerRoles = [], channels, images, templates = [], leftOut = {} }: FollowedPublication,
  seen: readonly SeenTemplate[],
): Followers {
  const followed = new Set(
    templates.filter(({ channel }) => channels.includes(channel)).map(({ region, id }) => `${region} ${id}`),
  );
  const followingRoles = consumerRoles.filter((role) =>
    Object.keys(images).some((region) => !Object.hasOwn(leftOut, placeName({ region, role }))),
  );
  const launchTemplates = seen
    .filter(({ region, id }) => followed.has(`${region} ${id}`))
    .map(({ region, id, default: { number }, own = number }) => ({
      region,
      id,
      version: own,
      default: own === number,
    }));
  return {
    ...(followingRoles.length > 0 && { accounts: followingRoles.map(accountOf) }),
    ...(launchTemplates.length > 0 && { launchTemplates }),
  };
}

interface FollowedPublication extends Pick<Publication, 'channels' | 'images' | 'consumerRoles'> {
  readonly templates?: readonly Template[] | undefined;
  /** The places in consumer accounts that cannot follow, by name: why; absent: none. */
  readonly leftOut?: Readonly<Record<string, string>> | undefined;
}
