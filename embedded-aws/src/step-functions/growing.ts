import type { Growing } from './records.ts';

/**
 * The number of items per page. Adding an item copies one page only, so the cost does not grow with a history of up
 * to 25,000 events.
 */
const PAGE = 128;

export function appended<T>(pages: Growing<T>, item: T): Growing<T> {
  const last = pages.at(-1);
  if (last === undefined || last.length >= PAGE) return [...pages, [item]];
  return [...pages.slice(0, -1), [...last, item]];
}

export function lengthOf(pages: Growing<unknown>): number {
  const last = pages.at(-1);
  return last === undefined ? 0 : (pages.length - 1) * PAGE + last.length;
}

export function itemAt<T>(pages: Growing<T>, index: number): T | undefined {
  return pages[Math.floor(index / PAGE)]?.[index % PAGE];
}
