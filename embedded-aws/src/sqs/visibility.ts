import type { Call } from '../core/service.ts';
import { receivedWith } from './receipts.ts';
import type { QueueRecord } from './records.ts';
import { invalid, missing } from './refusals.ts';

const secondsMax = 43_200;

export function checkVisibility(seconds: number | undefined): void {
  if (seconds !== undefined && (seconds < 0 || seconds > secondsMax)) {
    throw invalid(seconds, 'VisibilityTimeout', `Must be between 0 and ${secondsMax}, if provided.`);
  }
}

/**
 * Starts a new visibility timeout for a received message. The call also works after the previous timeout has
 * ended, unless the message was received again.
 */
export function hide(
  { world, now }: Call,
  queue: QueueRecord,
  {
    ReceiptHandle,
    VisibilityTimeout: seconds,
  }: { ReceiptHandle?: string | undefined; VisibilityTimeout?: number | undefined },
): void {
  const message = receivedWith(world, queue, ReceiptHandle);
  if (seconds === undefined) throw missing('VisibilityTimeout');
  checkVisibility(seconds);
  if (message === undefined) {
    throw invalid(
      ReceiptHandle,
      'ReceiptHandle',
      'Message does not exist or is not available for visibility timeout change.',
    );
  }
  const hiddenUntil = now + seconds * 1000;
  if (hiddenUntil - (message.lastReceivedAt ?? now) > secondsMax * 1000) {
    throw invalid(
      seconds,
      'VisibilityTimeout',
      `Total VisibilityTimeout for the message is beyond the limit [${secondsMax} seconds]`,
    );
  }
  world.queueMessages.put({ ...message, hiddenUntil }, now, 0);
}
