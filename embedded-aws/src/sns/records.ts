import type { Resource, Tagged } from '../core/resource.ts';
import type { MessageAttribute } from '../sqs/records.ts';

/** A standard topic; its id is its ARN. */
export interface TopicRecord extends Tagged {
  readonly name: string;
  /** Attributes that were set, by name. The others have their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The number of deleted subscriptions. */
  readonly subscriptionsDeleted: number;
}

export type Protocol = 'email' | 'lambda' | 'sqs';

/** A subscription; its id is its ARN. `account` is the owner's account, `region` is the topic's region. */
export interface SubscriptionRecord extends Resource {
  /** The ARN of the topic. */
  readonly topic: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** The token that confirms the subscription; absent: no confirmation is needed. */
  readonly token?: string;
  readonly confirmed: boolean;
}

/** A message that is being delivered to one subscription. `account` and `region` are the topic's. */
export interface NotificationRecord extends Resource {
  readonly kind: 'Notification' | 'SubscriptionConfirmation';
  readonly messageId: string;
  readonly topic: string;
  /** The subscription as it was when the message was published. */
  readonly subscription: SubscriptionRecord;
  readonly message: string;
  readonly subject?: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly publishedAt: number;
  /** The number of attempts so far. */
  readonly attempts: number;
}

/** An e-mail that was sent. `account` and `region` are the topic's. */
export interface EmailRecord extends Resource {
  readonly topic: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  readonly sentAt: number;
}
