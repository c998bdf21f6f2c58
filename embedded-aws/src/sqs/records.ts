import type { Resource, Tagged } from '../core/resource.ts';

/** A standard queue. The record's id is the queue's ARN. */
export interface QueueRecord extends Tagged {
  readonly name: string;
  /** The attributes that were set, by name. All other attributes have their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly lastModifiedAt: number;
  readonly purgedAt?: number;
  /** The time of deletion. The record stays to reserve the name. */
  readonly deletedAt?: number;
}

/** A message in a queue. The record's id is the message id. */
export interface QueueMessageRecord extends Resource {
  /** The ARN of the queue. */
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader?: string;
  readonly groupId?: string;
  readonly senderId: string;
  readonly sentAt: number;
  /** The position among all messages. */
  readonly turn: number;
  /** The end of the delay that the message was sent with. */
  readonly delayedUntil: number;
  /** The end of the visibility timeout. */
  readonly hiddenUntil: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  readonly lastReceivedAt?: number;
  /** The queue from which the message moved to the dead-letter queue. */
  readonly deadLetterSource?: string;
}

export interface MessageAttribute {
  readonly type: string;
  readonly text?: string;
  /** Base64. */
  readonly bytes?: string;
}
