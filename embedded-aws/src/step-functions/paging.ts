import { AwsError } from '../core/errors.ts';
import type { Constraints } from '../core/validation.ts';

/** Default and maximum number of items in a page. A request for 0 items gets the default. */
const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;

/** A token is valid for a day (Step Functions API reference, ListExecutions). */
const TOKEN_MS = 24 * 3600 * 1000;

/** Constraints of the API model for the parameters of a list. */
export const pagingConstraints = (tokenLengthMax = 1024) =>
  ({
    maxResults: { range: [0, PAGE_SIZE_MAX] },
    nextToken: { length: [1, tokenLengthMax] },
  }) as const satisfies Constraints;

interface PageInput {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/**
 * One page and the token of the next page. The token contains the last item that was returned, so new items at the
 * front do not shift the pages. The token also contains `query`, because all other parameters must stay the same.
 */
export function page<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { maxResults, nextToken, ...query }: PageInput,
  now: number,
): { items: T[]; nextToken?: string } {
  const queryText = JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));
  const start = nextToken === undefined ? 0 : startOf(nextToken, items.map(idOf), queryText, now);
  const shown = items.slice(start, start + (maxResults || PAGE_SIZE_DEFAULT));
  const last = shown.at(-1);
  if (last === undefined || start + shown.length >= items.length) return { items: shown };
  return {
    items: shown,
    nextToken: Buffer.from(JSON.stringify([idOf(last), queryText, now])).toString('base64'),
  };
}

function startOf(token: string, ids: readonly string[], queryText: string, now: number): number {
  const [last, queryTextBefore, since] = contentOf(token);
  const index = ids.indexOf(String(last));
  if (index === -1 || queryTextBefore !== queryText || typeof since !== 'number' || since + TOKEN_MS <= now) {
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
  return index + 1;
}

function contentOf(token: string): unknown[] {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, 'base64').toString());
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}
