interface Filter {
  readonly comparison?: string | undefined;
  readonly value?: string | undefined;
}

/**
 * Whether values satisfy the filters on one member: one of the filters that require a value, and all filters that
 * exclude one.
 */
export function passes(values: readonly string[], filters: readonly Filter[] = []): boolean {
  const excluding = filters.filter(({ comparison }) => comparison === 'NOT_EQUALS');
  const requiring = filters.filter(({ comparison }) => comparison !== 'NOT_EQUALS');
  const isMet = ({ comparison, value = '' }: Filter) =>
    values.some((one) => (comparison === 'PREFIX' ? one.startsWith(value) : one === value));
  return !excluding.some(isMet) && (requiring.length === 0 || requiring.some(isMet));
}

/** The paths of filters on these members, for the parameters that an operation accepts. */
export const filterPaths = (names: readonly string[]): string[] =>
  names.flatMap((name) => ['comparison', 'value'].map((part) => `filterCriteria.${name}.${part}`));
