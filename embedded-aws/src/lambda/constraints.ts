import type { Constraint } from '../core/validation.ts';

/** Constraints that several operations share (Lambda API reference). */
export const functionName = {
  required: true,
  length: [1, 256],
  pattern:
    /(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?/,
} as const satisfies Constraint;
export const qualifier = {
  length: [1, 128],
  pattern: /\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+/,
} as const satisfies Constraint;
export const statementId = {
  required: true,
  length: [1, 100],
  pattern: /([a-zA-Z0-9-_]+)/,
} as const satisfies Constraint;
