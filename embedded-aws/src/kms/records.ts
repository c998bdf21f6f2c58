import type { Resource, Tagged } from '../core/resource.ts';

/** A key of KMS; its id is the key id. */
export interface KeyRecord extends Tagged {
  readonly arn: string;
  readonly description: string;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** `AWS`: made by a service in the account's name, and the service's alone to use. */
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly multiRegion: boolean;
  readonly creationTime: number;
  /** The key policy, as JSON text. */
  readonly policy: string;
  /** When it is deleted, while it awaits that. */
  readonly deletionTime?: number;
  /** Automatic rotation; absent: off. */
  readonly rotation?: { readonly periodDays: number; readonly since: number };
}

/** An alias of a key; its id is its ARN. */
export interface KeyAliasRecord extends Resource {
  readonly name: string;
  readonly keyId: string;
  readonly creationTime: number;
  readonly updateTime: number;
}

/** What the owner of a key lets another principal do with it; its account is that of the key. */
export interface KeyGrantRecord extends Resource {
  readonly keyId: string;
  readonly name?: string;
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string;
  readonly operations: readonly string[];
  readonly issuingAccount: string;
  readonly creationTime: number;
}
