import type { Constraint } from '../core/validation.ts';

/** Constraints of the API (Inspector API reference; docs/inspector2.md says which are assumed). */
export const accountIds = {
  length: [0, 100],
  each: { pattern: /\d{12}/ },
} as const satisfies Constraint;
export const resourceTypes = {
  required: true,
  length: [1, 5],
  each: { oneOf: ['EC2', 'ECR', 'LAMBDA', 'LAMBDA_CODE', 'CODE_REPOSITORY'] },
} as const satisfies Constraint;
export const nextToken = { length: [0, 1_000_000] } as const satisfies Constraint;

/** A list of filters on one member. */
export const filters = (comparisons: readonly string[]) =>
  ({
    length: [1, 10],
    members: {
      comparison: { required: true, oneOf: comparisons },
      value: { required: true, length: [1, 1024] },
    },
  }) as const satisfies Constraint;
