import type { Resource, Tagged } from '../core/resource.ts';

/** A value as it is kept: AWS's own JSON form, in which binary data is base64 and numbers are decimal texts without an exponent. */
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

/** The names of the attributes that make a key. */
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
  /** What an INCLUDE projection adds to the keys. */
  readonly nonKeyAttributes?: readonly string[];
  readonly throughput?: Throughput;
}

export interface ItemCount {
  readonly items: number;
  readonly bytes: number;
}

/** A table of DynamoDB; its id is its ARN. */
export interface DynamoTableRecord extends Tagged {
  readonly name: string;
  readonly tableId: string;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING';
  readonly creationTime: number;
  /** The key attributes of the table and its indexes, in the order in which they were defined. */
  readonly attributes: readonly { readonly name: string; readonly type: KeyType }[];
  readonly keys: KeySchema;
  readonly indexes: readonly IndexRecord[];
  /** Absent: on demand. */
  readonly throughput?: Throughput;
  readonly tableClass?: string;
  readonly deletionProtection: boolean;
  readonly timeToLive?: {
    readonly attribute: string;
    readonly status: 'ENABLING' | 'ENABLED' | 'DISABLING';
    /** When the change takes effect, or took it. */
    readonly changesAt: number;
  };
  /** When its time to live was last switched on or off. */
  readonly timeToLiveChangedAt?: number;
  /** When the first of its items is due to vanish: a transition with another time comes too late. */
  readonly sweepAt?: number;
  /**
   * What DescribeTable tells of the items: counted at the beginning of the numbered period of six hours since the creation, by the names
   * of the indexes; `''` is the table itself.
   */
  readonly counted: { readonly period: number; readonly of: Readonly<Record<string, ItemCount>> };
}

/** An item; its id is the table's ARN and the values of its key. */
export interface DynamoItemRecord extends Resource {
  /** The table's ARN. */
  readonly table: string;
  readonly item: Item;
  /** When it will be deleted because its time to live is over. */
  readonly vanishesAt?: number;
}
