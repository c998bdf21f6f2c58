import type { Constraint } from '../core/validation.ts';

/** Constraints that several operations share (botocore, the service model of SSM). */
export const parameterName = { length: [1, 2048] } as const satisfies Constraint;
export const tagList = {
  length: [0, 1000],
  members: {
    Key: { required: true, length: [1, 128], pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
    Value: { required: true, length: [0, 256], pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
  },
} as const satisfies Constraint;
/**
 * The name of an own document, and of any document. A document of another account is named by its
 * ARN.
 */
export const documentName = { pattern: /^[a-zA-Z0-9_\-.]{3,128}$/ } as const satisfies Constraint;
export const documentArn = { pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ } as const satisfies Constraint;
export const documentVersion = {
  pattern: /([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)/,
} as const satisfies Constraint;
export const versionName = { pattern: /^[a-zA-Z0-9_\-.]{1,128}$/ } as const satisfies Constraint;
export const instanceId = { pattern: /(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)/ } as const satisfies Constraint;
export const id = { length: [36, 36] } as const satisfies Constraint;
