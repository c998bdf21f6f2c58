import type { Recipe } from '../recipe/recipe.ts';

/** What the next release will not have, because the recipe does not name it. */
export function temporaryWarnings(
  {
    accounts = [],
    regions = [],
  }: { readonly accounts?: readonly string[] | undefined; readonly regions?: readonly string[] | undefined },
  { name, share, regions: required, optionalRegions = [] }: Recipe,
): string[] {
  const listed = new Set<string>([...share.accounts, ...required, ...optionalRegions]);
  const { organizations, organizationalUnits } = share;
  const unless =
    organizations.length + organizationalUnits.length === 0
      ? ''
      : ', unless the account belongs to an organization in share of the recipe';
  return [
    ...accounts
      .filter((account) => !share.public && !listed.has(account))
      .map(
        (account) =>
          `${account} is not in share.accounts of the recipe ${name}: the next release removes its access${unless}`,
      ),
    ...regions
      .filter((region) => !listed.has(region))
      .map(
        (region) => `${region} is not in regions of the recipe ${name}: the next release has no image there`,
      ),
  ];
}
