import type { Resource, Tagged } from '../records.ts';

/** A key of KMS. */
export interface KeyRecord extends Tagged {
  readonly arn: string;
}

/** An alias of a key; its id is its ARN. */
export interface KeyAliasRecord extends Resource {
  readonly name: string;
  readonly keyId: string;
}

export interface KeyGrantRecord extends Resource {
  readonly keyId: string;
}
