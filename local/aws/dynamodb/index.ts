import type { Service } from '../operation.ts';

/** DynamoDB. `docs/embedded-aws.md` says what is and is not emulated. */
export const dynamodb: Service = { name: 'dynamodb', operations: {}, transitions: {} };
