import type { Resource, Tagged } from '../core/resource.ts';

/** A standard queue; its id is its ARN. */
export interface QueueRecord extends Tagged {
  readonly name: string;
  /** Those that were set, by their names; the others have their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly lastModifiedAt: number;
  readonly purgedAt?: number;
  /** It is gone since then; its name is not free yet. */
  readonly deletedAt?: number;
}

/** A message in a queue; its id is the message's id. */
export interface QueueMessageRecord extends Resource {
  /** The ARN of the queue. */
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader?: string;
  readonly groupId?: string;
  readonly senderId: string;
  readonly sentAt: number;
  /** Its place among all messages. */
  readonly turn: number;
  /** When the delay ends that it was sent with. */
  readonly delayedUntil: number;
  /** When whoever received it has to have deleted it. */
  readonly hiddenUntil: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  readonly lastReceivedAt?: number;
  /** The queue that it could not be consumed from. */
  readonly deadLetterSource?: string;
}

export interface MessageAttribute {
  readonly type: string;
  readonly text?: string;
  /** In base64. */
  readonly bytes?: string;
}
