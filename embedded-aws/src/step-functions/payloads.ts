import { appended, itemAt, lengthOf } from './growing.ts';
import type { Growing, PayloadRecord } from './records.ts';

/**
 * The JSON texts of a history. A state's output is the next state's input, and a loop changes only a little of it in
 * each turn. So each text is stored once, and most texts are stored as the difference from a recent text.
 */
export interface PayloadWriter {
  /** The payloads including `text`, and the index of `text`. */
  write(payloads: Growing<PayloadRecord>, text: string): { payloads: Growing<PayloadRecord>; index: number };
}

/**
 * The number of recent texts that a new text is compared with. A turn has three texts: of the state, the event and
 * the response.
 */
const COMPARED = 4;

/**
 * After this many differences a text is stored completely again. This limits the time to read a payload in a long
 * history.
 */
const DIFFERENCES_MAX = 32;

/** With fewer shared characters, a difference is not worth storing. */
const SHARED_MIN = 40;

interface Recent {
  readonly index: number;
  readonly text: string;
  readonly depth: number;
}

export function payloadWriter(): PayloadWriter {
  let recent: readonly Recent[] = [];
  return {
    write(payloads, text) {
      const same = recent.find((known) => known.text === text);
      if (same !== undefined) return { payloads, index: same.index };
      const index = lengthOf(payloads);
      const { record, depth } = difference(text, recent);
      recent = [{ index, text, depth }, ...recent].slice(0, COMPARED);
      return { payloads: appended(payloads, record), index };
    },
  };
}

function difference(text: string, recent: readonly Recent[]): { record: PayloadRecord; depth: number } {
  let best = { record: { text } as PayloadRecord, depth: 0, shared: SHARED_MIN };
  for (const base of recent) {
    if (base.depth >= DIFFERENCES_MAX) continue;
    const head = commonHead(base.text, text);
    const tail = commonTail(base.text, text, head);
    if (head + tail <= best.shared) continue;
    const record = { text: text.slice(head, text.length - tail), base: base.index, head, tail };
    best = { record, depth: base.depth + 1, shared: head + tail };
  }
  return best;
}

function commonHead(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

function commonTail(a: string, b: string, head: number): number {
  const most = Math.min(a.length, b.length) - head;
  let length = 0;
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length))
    length++;
  return length;
}

export function readPayload(payloads: Growing<PayloadRecord>, index: number): string {
  const payload = itemAt(payloads, index);
  if (payload === undefined) throw new Error(`there is no payload ${index}`);
  const { text, base, head = 0, tail = 0 } = payload;
  if (base === undefined) return text;
  const whole = readPayload(payloads, base);
  return whole.slice(0, head) + text + whole.slice(whole.length - tail);
}
