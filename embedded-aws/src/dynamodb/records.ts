import type { Resource, Tagged } from '../core/resource.ts';

/**
 * A stored value in AWS's JSON form: binary data is base64, and numbers are decimal strings without
 * an exponent.
 */
export type Value =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly Value[] }
  | { readonly M: Item };

export type Item = { readonly [name: string]: Value };

export type KeyType = 'S' | 'N' | 'B';

/** The names of the key attributes. */
export interface KeySchema {
  readonly hash: string;
  readonly range?: string;
}

export interface Throughput {
  readonly read: number;
  readonly write: number;
}

export interface IndexRecord {
  readonly name: string;
  readonly scope: 'global' | 'local';
  readonly keys: KeySchema;
  readonly projection: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  /** The attributes that an INCLUDE projection adds to the keys. */
  readonly nonKeyAttributes?: readonly string[];
  readonly throughput?: Throughput;
}

export interface ItemCount {
  readonly items: number;
  readonly bytes: number;
}

/** A DynamoDB table. The record's id is the table's ARN. */
export interface DynamoTableRecord extends Tagged {
  readonly name: string;
  readonly tableId: string;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING';
  readonly creationTime: number;
  /** The key attributes of the table and its indexes, in the order of their definition. */
  readonly attributes: readonly { readonly name: string; readonly type: KeyType }[];
  readonly keys: KeySchema;
  readonly indexes: readonly IndexRecord[];
  /** If missing, the table is on demand. */
  readonly throughput?: Throughput;
  readonly tableClass?: string;
  readonly deletionProtection: boolean;
  readonly timeToLive?: {
    readonly attribute: string;
    readonly status: 'ENABLING' | 'ENABLED' | 'DISABLING';
    /** When the change takes effect or took effect. */
    readonly changesAt: number;
  };
  /** When TTL was last enabled or disabled. */
  readonly timeToLiveChangedAt?: number;
  /** When the next expired item is due for deletion. A transition for another time is obsolete. */
  readonly sweepAt?: number;
  /**
   * The counts that DescribeTable returns, by index name; `''` is the table itself. DynamoDB counts
   * at the start of each six-hour period. `period` is the number of the period since the table's
   * creation.
   */
  readonly counted: { readonly period: number; readonly of: Readonly<Record<string, ItemCount>> };
}

/** An item. The record's id consists of the table's id and the item's key values. */
export interface DynamoItemRecord extends Resource {
  /** The table's ARN. */
  readonly table: string;
  readonly item: Item;
  /** When TTL deletes the item. */
  readonly vanishesAt?: number;
}
