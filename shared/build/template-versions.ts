import * as z from 'zod/mini';
import type { Recipe } from '../recipe/recipe.ts';

/** A launch template that follows a channel: with each move of the channel, it gets a version with the image of the release. */
export const templateSchema = z.object({
  region: z.string(),
  id: z.string(),
  channel: z.string(),
  /** Whether the new version becomes the default version. */
  default: z.boolean(),
});
export type Template = z.infer<typeof templateSchema>;

/** A launch template of a publication. `before`: the number of its default version before the first write. */
export const publishedTemplateSchema = z.extend(templateSchema, { before: z.number() });
export type PublishedTemplate = z.infer<typeof publishedTemplateSchema>;

/** What makes a version of a launch template recognisable. */
interface Origin {
  readonly recipe: string;
  readonly version: string;
  readonly execution: string;
}

/** The description of a version, by which the execution finds it again. EC2 allows 255 characters. */
export const templateDescription = ({ recipe, version, execution }: Origin): string =>
  `golden-image ${recipe} ${version}, execution ${execution}`;

/** A launch template as EC2 shows it. */
export interface SeenTemplate {
  readonly region: string;
  readonly id: string;
  readonly default: { readonly number: number; readonly imageId?: string; readonly description?: string };
  /** The version that the execution has created; absent: none, or not visible. */
  readonly own?: number | undefined;
}

/** The launch templates of a recipe in these regions that follow one of these channels. */
export function templatesOf(
  { launchTemplates, channels: [first = ''] }: Recipe['publish'],
  regions: readonly string[],
  channels?: readonly string[],
): Template[] {
  return launchTemplates
    .map((template) => ({ ...template, channel: template.channel ?? first }))
    .filter(({ region, channel }) => regions.includes(region) && (channels?.includes(channel) ?? true));
}

const findSeen = ({ id, region }: Pick<Template, 'id' | 'region'>, seen: readonly SeenTemplate[]) =>
  seen.find((one) => one.id === id && one.region === region);

/** A publication, as far as its launch templates are concerned. */
interface TemplatePublication extends Origin {
  readonly channels: readonly string[];
  readonly images: Readonly<Record<string, string>>;
  readonly templates?: readonly PublishedTemplate[] | undefined;
}

/** What to do with the launch templates of a publication. Both lists are empty: nothing. */
export interface NextTemplates {
  /** The templates that need a new version, which begins as a copy of their default version. */
  readonly create: readonly PublishedTemplate[];
  /** The templates whose new version is not the default version yet, and its number. */
  readonly makeDefault: readonly (PublishedTemplate & { readonly own: number })[];
}

/** A template whose default version has the image already needs nothing. */
export function nextTemplates(
  { templates = [], channels, images }: TemplatePublication,
  seen: readonly SeenTemplate[],
): NextTemplates {
  const unready = templates.flatMap((template) => {
    const found = findSeen(template, seen);
    const isReady = found?.default.imageId === images[template.region];
    return isReady || !channels.includes(template.channel) ? [] : [{ ...template, own: found?.own }];
  });
  return {
    create: unready.filter(({ own }) => own === undefined),
    makeDefault: unready.flatMap(({ own, ...template }) =>
      own === undefined || !template.default ? [] : [{ ...template, own }],
    ),
  };
}

/**
 * The default versions before a publication. If a publication died and was never undone, its version does not count. `died`: these
 * publications, the newest first.
 */
export function templatesBefore(
  templates: readonly Template[],
  seen: readonly SeenTemplate[],
  died: readonly TemplatePublication[],
): PublishedTemplate[] {
  return templates.flatMap((template) => {
    const found = findSeen(template, seen);
    if (found === undefined) return [];
    const by = died.find((one) => templateDescription(one) === found.default.description);
    const former = by?.templates?.find(({ id, region }) => id === template.id && region === template.region);
    return [{ ...template, before: former?.before ?? found.default.number }];
  });
}

/** A version of a launch template to remove. */
export interface TemplateToUndo extends PublishedTemplate {
  readonly own: number;
  /** Whether the version is the default version, so that the former default version must become it again first. */
  readonly isDefault: boolean;
}

/** The versions to remove. `ownsChannel`: see `pointersToUndo`. EC2 cannot remove a default version that stays. */
export function templatesToUndo(
  { templates = [] }: TemplatePublication,
  seen: readonly SeenTemplate[],
  ownsChannel: boolean,
): TemplateToUndo[] {
  return templates.flatMap((template) => {
    const found = findSeen(template, seen);
    if (found?.own === undefined) return [];
    const isDefault = found.default.number === found.own;
    return isDefault && !ownsChannel ? [] : [{ ...template, own: found.own, isDefault }];
  });
}

/** A launch template of a recipe as Plan sees it. Without `imageId`: its default version names no image. */
export interface FoundTemplate {
  readonly region: string;
  readonly id: string;
  readonly imageId?: string | undefined;
  /** Why it cannot be read; absent: it can. */
  readonly reason?: string;
  /** Whether the pipeline has no permission to read it. */
  readonly isDenied?: boolean;
}

/**
 * Whether the template names a parameter instead of an image. EC2 resolves the parameter at each launch (EC2 user guide, "Use a Systems
 * Manager parameter to find an AMI").
 */
export const isFollowing = ({ imageId }: Pick<FoundTemplate, 'imageId'>): boolean =>
  imageId?.startsWith(RESOLVED) === true;
const RESOLVED = 'resolve:ssm:';

/** Reasons why launch templates cannot get versions, each with a fix. */
export const templateRefusals = (found: readonly FoundTemplate[], regions: readonly string[]): string[] =>
  found
    .filter(({ region }) => regions.includes(region))
    .flatMap(({ region, id, imageId, reason, isDenied }) => {
      const named = `the launch template ${id} in ${region}, which publish.launchTemplates names,`;
      // The deployment gives the permissions for the launch templates of its recipes (scripts/recipe-policies.ts).
      if (isDenied)
        return [
          `${named} cannot be read (${reason}): deploy a recipe with the launch template, because the deployment gives the permission, or leave it out`,
        ];
      if (reason !== undefined)
        return [
          `${named} cannot be read (${reason}): correct the id and the region, or remove it from the recipe`,
        ];
      if (isFollowing({ imageId }))
        return [
          `${named} already follows the parameter ${imageId?.slice(RESOLVED.length)} and needs no new versions: remove it from the recipe`,
        ];
      return [];
    });
