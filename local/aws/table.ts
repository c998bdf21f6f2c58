/**
 * A table of records under their ids, read in two ways: `get` and `all` tell what is true, `seen` and `allSeen` what a caller
 * of the API sees, which lags behind every write for a while (EC2 is eventually consistent: AWS.md §1.3). Records are
 * replaced, never changed in place, so that an old view stays what it was.
 */
export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, Row<T>>();

  /** Writes a record at time `at` (ms); callers of the API see it `lagMs` later. */
  put(record: T, at: number, lagMs: number): T {
    const row = this.#rows.get(record.id);
    const seenUntilThen = row?.current;
    const history = (row?.history ?? []).filter((past) => past.until > at);
    if (lagMs > 0) history.push({ until: at + lagMs, value: seenUntilThen });
    this.#rows.set(record.id, { current: record, history });
    return record;
  }

  /** The record as it truly is. */
  get(id: string): T | undefined {
    return this.#rows.get(id)?.current;
  }

  /** The record as a caller sees it at `now` (ms). */
  seen(id: string, now: number): T | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const past = row.history.find(({ until }) => until > now);
    return past === undefined ? row.current : past.value;
  }

  all(): T[] {
    return [...this.#rows.values()].map(({ current }) => current);
  }

  allSeen(now: number): T[] {
    return [...this.#rows.keys()].flatMap((id) => this.seen(id, now) ?? []);
  }

  /** Removes the record for good: nobody sees it any more. */
  delete(id: string): void {
    this.#rows.delete(id);
  }
}

interface Row<T> {
  current: T;
  /** What callers see until then, oldest first; `undefined`: nothing yet. */
  history: { until: number; value: T | undefined }[];
}
