/**
 * The tags that tie a resource to the execution that made it. They are written when the resource is created, so that what an
 * execution made can always be found, even if its function died before it learned the id. IAM conditions hang on them too.
 */
export const RECIPE = 'golden-image:recipe';
export const VERSION = 'golden-image:version';
/** The name of the execution. */
export const EXECUTION = 'golden-image:execution';
export const ROLE = 'golden-image:role';
/**
 * The tag of the automation that builds on an instance. The instance is in the key, since SSM finds automations by the keys of their tags
 * and not by the values (Systems Manager API reference, AutomationExecutionFilter, `TagKey`).
 */
export const automationOf = (instanceId: string): string => `golden-image:builder:${instanceId}`;
/** The digest of a recipe's steps, on the document that has them. */
export const STEPS = 'golden-image:steps';
/** When the janitor first saw that a document is no longer of the deployment (ISO 8601). */
export const FORMER_SINCE = 'golden-image:former-since';
/**
 * What the owner of an instance opens it to the pipeline by: the name of the recipe that may image it, or * for every recipe. It is the
 * owner's to write, and never ours.
 */
export const OPEN = 'golden-image:open';

/**
 * What a resource is for. `scanner`: an instance of the last image, which is scanned for missing updates. `base`: the image that is
 * registered of a base snapshot; the snapshot is its owner's, and carries no tag of ours. `builder`: the instance that is patched. `candidate`: its image, in the build's region, which will be released. `intermediate`: the same where that region
 * is no target. `copy`: an image in another region. `release`: an image that was shared everywhere it should be.
 */
export type Role = 'scanner' | 'base' | 'builder' | 'candidate' | 'intermediate' | 'copy' | 'release';

/** All tags of a resource: the recipe's own, then ours, which win. `Name` is what consoles show. */
export function tagsFor(
  role: Role,
  build: {
    recipe: string;
    version: string;
    execution: string;
    name: string;
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
  };
}
