import type { Service } from '../operation.ts';

/** STS. `docs/embedded-aws.md` says what is and is not emulated. */
export const sts: Service = { name: 'sts', operations: {}, transitions: {} };
