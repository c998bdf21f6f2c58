import type { ConsumerProblem } from './consumer-roles.ts';
import { placeName } from './publication.ts';
import { type FoundTemplate, templateRefusals } from './template-versions.ts';

/**
 * What a rollback leaves out: why, by the name of the place in a consumer account, or by the id of the launch template. A rollback may be
 * urgent, so a role or a launch template that is broken must not stop it everywhere else.
 */
export type LeftOut = Readonly<Record<string, string>>;

export function leftOutOf(closed: readonly ConsumerProblem[], templates: readonly FoundTemplate[]): LeftOut {
  return Object.fromEntries([
    ...closed.map((place) => [placeName(place), place.reason] as const),
    ...templates.flatMap((template) =>
      templateRefusals([template], [template.region]).map((reason) => [template.id, reason] as const),
    ),
  ]);
}

const isTemplate = (name: string): boolean => name.startsWith('lt-');

/** What people must know about a rollback that left something out, and how to repair it. */
export const leftOutWarnings = (
  leftOut: LeftOut,
  {
    recipe,
    channel,
    parameter,
    from = 'its former image',
    to,
  }: { recipe: string; channel: string; parameter: string; from?: string | undefined; to: string },
): string[] => {
  const repair = `Then run golden promote ${recipe} --to ${channel} --version ${to}`;
  return Object.entries(leftOut).map(([name, why]) =>
    isTemplate(name)
      ? `Not rolled back, and may still launch ${from}: ${why}, and deploy. ${repair}`
      : `Not rolled back: ${parameter} in ${name}, which may still name ${from} (${why}). Repair the account's role, or remove the role ` +
        `from the recipe and deploy. ${repair}`,
  );
};
