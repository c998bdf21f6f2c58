import type { Service } from '../operation.ts';

/** EventBridge Scheduler. `docs/embedded-aws.md` says what is and is not emulated. */
export const scheduler: Service = { name: 'scheduler', operations: {}, transitions: {} };
