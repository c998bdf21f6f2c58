import type { Resource, Tagged } from '../core/resource.ts';

/** A KMS key. The record's id is the key id. */
export interface KeyRecord extends Tagged {
  readonly arn: string;
  readonly description: string;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** `AWS`: a service created the key in the account, and only that service may use the key. */
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly multiRegion: boolean;
  readonly creationTime: number;
  /** The key policy as JSON text. */
  readonly policy: string;
  /** The time of the scheduled deletion. Set only while the key is pending deletion. */
  readonly deletionTime?: number;
  /** Automatic rotation. If missing, rotation is off. */
  readonly rotation?: { readonly periodDays: number; readonly since: number };
}

/** An alias of a key. The record's id is the alias ARN. */
export interface KeyAliasRecord extends Resource {
  readonly name: string;
  readonly keyId: string;
  readonly creationTime: number;
  readonly updateTime: number;
}

/**
 * A grant: the permissions that a key gives to another principal. The record's account is the key's
 * account.
 */
export interface KeyGrantRecord extends Resource {
  readonly keyId: string;
  readonly name?: string;
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string;
  readonly operations: readonly string[];
  readonly issuingAccount: string;
  readonly creationTime: number;
}
