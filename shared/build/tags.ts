/**
 * The tags that connect a resource to the execution that created it. They are set when the resource is created, so that the resource can
 * always be found, even if the function died before it learned the id. IAM conditions use these tags, too.
 */
export const RECIPE = 'golden-image:recipe';
export const VERSION = 'golden-image:version';
/** The name of the execution. */
export const EXECUTION = 'golden-image:execution';
export const ROLE = 'golden-image:role';
/**
 * The region of the deployment whose build created the resource. An account can have deployments in several regions, with recipes of the
 * same name.
 */
export const HOME = 'golden-image:home';
/** Marks the resources of a trial, which is a build from an inline recipe or with overrides. */
export const TRIAL = 'golden-image:trial';
/** The version that a build of the execution would have, on copies that an execution adds to an existing release. */
export const DISTRIBUTION = 'golden-image:distribution';
/** Marks the copies to optional regions. A release is complete without them. */
export const OPTIONAL = 'golden-image:optional';
/**
 * The key of the tag on the automation of an instance. The key contains the instance's id, because SSM can find automations only by the
 * keys of their tags, not by the values (Systems Manager API reference, AutomationExecutionFilter, `TagKey`).
 */
export const automationOf = (instanceId: string): string => `golden-image:builder:${instanceId}`;
/** The digest of a recipe's steps, on the SSM document with these steps. */
export const STEPS = 'golden-image:steps';
/** When the janitor first found that the deployment no longer has the document (ISO 8601). */
export const FORMER_SINCE = 'golden-image:former-since';
/**
 * The tag by which the owner of an instance allows the pipeline to image the instance. Its value is the name of the allowed recipe, or *
 * for all recipes. The pipeline never sets this tag.
 */
export const OPEN = 'golden-image:open';

/**
 * The role of a resource. `scanner`: an instance of the last image, which is checked for missing updates. `tester`: an
 * instance of the candidate, on which the candidate is tested. `base`: the image that is
 * registered from a base snapshot; the snapshot belongs to its owner and carries none of our tags. `builder`: the instance that is
 * patched. `candidate`: the builder's image, in the region of the build, which will be released. `intermediate`: the builder's image, if
 * the region of the build is not a target. `copy`: an image in another region. `release`: a released image.
 */
export type Role =
  | 'scanner'
  | 'tester'
  | 'base'
  | 'builder'
  | 'candidate'
  | 'intermediate'
  | 'copy'
  | 'release';

/** All tags of a resource: the recipe's tags, then ours, which take precedence. Consoles show the tag `Name`. */
export function tagsFor(
  role: Role,
  build: {
    recipe: string;
    version: string;
    execution: string;
    name: string;
    region: string;
    trial?: true | undefined;
    optional?: boolean;
    distribution?: string | undefined;
    tags: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  return {
    Name: build.name,
    ...build.tags,
    [RECIPE]: build.recipe,
    [VERSION]: build.version,
    [EXECUTION]: build.execution,
    [ROLE]: role,
    [HOME]: build.region,
    ...(build.trial && { [TRIAL]: 'true' }),
    ...(build.distribution !== undefined && { [DISTRIBUTION]: build.distribution }),
    ...(build.optional && { [OPTIONAL]: 'true' }),
  };
}
