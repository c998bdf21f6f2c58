import type { Resource } from '../records.ts';

/** A table of DynamoDB; its id is its ARN. */
export interface DynamoTableRecord extends Resource {
  readonly name: string;
}
