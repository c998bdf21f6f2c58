/**
 * A table of records by id, with two kinds of reads. `get` and `all` return the true state. `seen` and `allSeen`
 * return what a caller of the API sees, which lags behind writes (EC2 developer guide, Eventual consistency). Records
 * are replaced, never changed in place, so an old view stays unchanged.
 */
export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, Row<T>>();

  /** Writes a record at time `at` (ms). API callers see it after `lagMs`. */
  put(record: T, at: number, lagMs: number): T {
    this.#write(record.id, record, at, lagMs);
    return record;
  }

  /** Removes a record at time `at` (ms). API callers still see it for `lagMs`. */
  remove(id: string, at: number, lagMs: number): void {
    if (this.#rows.has(id)) this.#write(id, undefined, at, lagMs);
  }

  /** The true state of the record. */
  get(id: string): T | undefined {
    return this.#rows.get(id)?.current;
  }

  /** The record as an API caller sees it at `now` (ms). */
  seen(id: string, now: number): T | undefined {
    const row = this.#rows.get(id);
    return row && seenOf(row, now);
  }

  // Loops, because operations call these functions for thousands of records.
  all(): T[] {
    const records: T[] = [];
    for (const { current } of this.#rows.values()) {
      if (current !== undefined) records.push(current);
    }
    return records;
  }

  allSeen(now: number): T[] {
    const records: T[] = [];
    for (const row of this.#rows.values()) {
      const record = seenOf(row, now);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Deletes the record without read lag: API callers also stop seeing the record. */
  delete(id: string): void {
    this.#rows.delete(id);
  }

  /** All rows in order, with their history. `restore` recreates the table from them. */
  rows(): MapIterator<[id: string, row: Readonly<Row<T>>]> {
    return this.#rows.entries();
  }

  /** Restores a row that `rows` returned. */
  restore(id: string, { current, history }: Readonly<Row<T>>): void {
    this.#rows.set(id, { current, history: [...history] });
  }

  #write(id: string, current: T | undefined, at: number, lagMs: number): void {
    const row = this.#rows.get(id);
    const history = (row?.history ?? []).filter((past) => past.until > at);
    if (lagMs > 0) history.push({ until: at + lagMs, value: row?.current });
    this.#rows.set(id, { current, history });
  }
}

function seenOf<T>({ current, history }: Row<T>, now: number): T | undefined {
  if (history.length === 0) return current;
  const past = history.find(({ until }) => until > now);
  return past === undefined ? current : past.value;
}

/** The true state of one id, and what API callers still see. */
export interface Row<T> {
  /** `undefined`: removed. */
  current: T | undefined;
  /** Earlier records and until when API callers see them, oldest first; `undefined`: not visible yet. */
  history: { until: number; value: T | undefined }[];
}
