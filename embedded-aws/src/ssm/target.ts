import type { Constraint } from '../core/validation.ts';

/** One target of a command or an automation. */
export const target = {
  members: {
    Key: {
      length: [1, 163],
      pattern: /^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name/u,
    },
    Values: { length: [0, 50] },
  },
} as const satisfies Constraint;
