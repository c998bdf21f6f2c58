// Separate from merged-recipe.ts, so that Record does not bundle the schema of recipes.

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether the input of an execution selects a deployed recipe without changes. Deployed recipes were checked when they were packaged. The
 * input may be unchecked.
 */
export const isAsDeployed = ({
  recipe,
  overrides = {},
}: {
  readonly recipe?: unknown;
  readonly overrides?: unknown;
}): boolean => typeof recipe === 'string' && isFields(overrides) && Object.keys(overrides).length === 0;
