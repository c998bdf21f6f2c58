import type { Constraint } from '../core/validation.ts';

/** Constraints that several operations share (botocore, the service model of EventBridge). */
export const busName = { length: [1, 256], pattern: /[/.\-_A-Za-z0-9]+/ } as const satisfies Constraint;
/** The name of a bus that does not belong to a partner. */
export const ownBusName = { length: [1, 256], pattern: /[.\-_A-Za-z0-9]+/ } as const satisfies Constraint;
export const busNameOrArn = {
  length: [1, 1600],
  pattern: /(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+/,
} as const satisfies Constraint;
export const ruleName = { length: [1, 64], pattern: /[.\-_A-Za-z0-9]+/ } as const satisfies Constraint;
export const targetId = { length: [1, 64], pattern: /[.\-_A-Za-z0-9]+/ } as const satisfies Constraint;
export const arn = { length: [1, 1600] } as const satisfies Constraint;
export const description = { length: [0, 512] } as const satisfies Constraint;
export const nextToken = { length: [1, 2048] } as const satisfies Constraint;
export const limit = { range: [1, 100] } as const satisfies Constraint;
export const tagList = {
  members: {
    Key: { required: true, length: [1, 128] },
    Value: { required: true, length: [0, 256] },
  },
} as const satisfies Constraint;
export const rulePlace = {
  Name: { required: true, ...ruleName },
  EventBusName: busNameOrArn,
} as const satisfies Record<string, Constraint>;
