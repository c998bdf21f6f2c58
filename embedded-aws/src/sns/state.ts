import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { EmailRecord, NotificationRecord, SubscriptionRecord, TopicRecord } from './records.ts';

/** The state of SNS in a world. */
export const kept = {
  topics: () => new Table<TopicRecord>(),
  subscriptions: () => new Table<SubscriptionRecord>(),
  /** Messages that are being delivered from topics to subscriptions. */
  notifications: () => new Table<NotificationRecord>(),
  /** E-mails that were sent. */
  emails: () => new Table<EmailRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
