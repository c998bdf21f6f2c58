import type { Service } from '../operation.ts';

/** KMS. `docs/embedded-aws.md` says what is and is not emulated. */
export const kms: Service = { name: 'kms', operations: {}, transitions: {} };
