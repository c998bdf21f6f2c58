import { accountOf } from '../arns.ts';
import type { ConsumerProblem } from './consumer-roles.ts';
import { placeName } from './publication.ts';
import { type FoundTemplate, templateRefusals } from './template-versions.ts';

/**
 * What a rollback leaves out: why and how to repair it, by the name of the place in a consumer account, or by the id of the launch template.
 * A rollback may be urgent, so a role or a launch template that is broken must not stop it everywhere else.
 */
export type LeftOut = Readonly<Record<string, string>>;

/** A rollback to a release of a recipe. */
interface Rollback {
  readonly recipe: string;
  readonly to: string;
}

/**
 * `closed`: the places whose role does not work. `unlaunchable`: those whose account cannot launch the release. `templates`: the launch templates that cannot be read.
 */
export function leftOutOf(
  {
    closed,
    unlaunchable,
    templates,
  }: {
    readonly closed: readonly ConsumerProblem[];
    readonly unlaunchable: readonly ConsumerProblem[];
    readonly templates: readonly FoundTemplate[];
  },
  { recipe, to }: Rollback,
): LeftOut {
  return Object.fromEntries([
    ...unlaunchable.map((place): [string, string] => [
      placeName(place),
      `${place.reason}. Share the release with the account: golden share ${recipe} --account ${accountOf(place.role)} --version ${to}`,
    ]),
    ...closed.map((place): [string, string] => [
      placeName(place),
      `${place.reason}. Repair the account's role, or remove the role from the recipe and deploy`,
    ]),
    ...templates.flatMap((template) =>
      templateRefusals([template], [template.region]).map((reason): [string, string] => [
        template.id,
        `${reason}, and deploy`,
      ]),
    ),
  ]);
}

/** What people must know about a rollback that left something out, and how to repair it. */
export const leftOutWarnings = (
  leftOut: LeftOut,
  {
    recipe,
    channel,
    parameter,
    from = 'its former image',
    to,
  }: Rollback & { readonly channel: string; readonly parameter: string; readonly from?: string | undefined },
): string[] =>
  Object.entries(leftOut).map(
    ([name, why]) =>
      `Not rolled back: ${name.startsWith('lt-') ? name : `${parameter} in ${name}`}, which may still name ${from}: ${why}. ` +
      `Then run golden promote ${recipe} --to ${channel} --version ${to}`,
  );
