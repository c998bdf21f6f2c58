import type { Service } from '../operation.ts';

/** EventBridge. `docs/embedded-aws.md` says what is and is not emulated. */
export const eventbridge: Service = { name: 'eventbridge', operations: {}, transitions: {} };
