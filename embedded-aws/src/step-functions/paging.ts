import { AwsError } from '../core/errors.ts';
import type { Constraints } from '../core/validation.ts';

/** Pages are of 100 items unless asked otherwise, of 1,000 at most, and 0 asks for the usual. */
const USUAL = 100;
const MOST = 1000;

/** A token is good for a day (Step Functions API reference, ListExecutions). */
const TOKEN_MS = 24 * 3600 * 1000;

/** What the API model asks of the parameters of a list. */
export const pagingConstraints = (tokenLengthMax = 1024) =>
  ({
    maxResults: { range: [0, MOST] },
    nextToken: { length: [1, tokenLengthMax] },
  }) as const satisfies Constraints;

interface PageInput {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/**
 * One page and the token of the next. The token names the last item that was shown, so that what was added in front meanwhile
 * moves nothing, and `question`, since all other arguments have to stay as they were.
 */
export function page<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { maxResults, nextToken, ...question }: PageInput,
  now: number,
): { items: T[]; nextToken?: string } {
  const asked = JSON.stringify(Object.entries(question).sort(([a], [b]) => (a < b ? -1 : 1)));
  const start = nextToken === undefined ? 0 : startOf(nextToken, items.map(idOf), asked, now);
  const shown = items.slice(start, start + (maxResults || USUAL));
  const last = shown.at(-1);
  if (last === undefined || start + shown.length >= items.length) return { items: shown };
  return {
    items: shown,
    nextToken: Buffer.from(JSON.stringify([idOf(last), asked, now])).toString('base64'),
  };
}

function startOf(token: string, ids: readonly string[], asked: string, now: number): number {
  const [last, askedThen, since] = contentOf(token);
  const index = ids.indexOf(String(last));
  if (index === -1 || askedThen !== asked || typeof since !== 'number' || since + TOKEN_MS <= now) {
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
