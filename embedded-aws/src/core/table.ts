/**
 * A table of records under their ids, read in two ways: `get` and `all` tell what is true, `seen` and `allSeen` what a caller
 * of the API sees, which lags behind every write for a while (EC2 developer guide, Eventual
 * consistency). Records are replaced, never changed in place, so that an old view stays what it was.
 */
export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, Row<T>>();

  /** Writes a record at time `at` (ms); callers of the API see it `lagMs` later. */
  put(record: T, at: number, lagMs: number): T {
    this.#write(record.id, record, at, lagMs);
    return record;
  }

  /** Removes a record at time `at` (ms); callers of the API see it for `lagMs` more. */
  remove(id: string, at: number, lagMs: number): void {
    if (this.#rows.has(id)) this.#write(id, undefined, at, lagMs);
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
    return [...this.#rows.values()].flatMap(({ current }) => current ?? []);
  }

  allSeen(now: number): T[] {
    return [...this.#rows.keys()].flatMap((id) => this.seen(id, now) ?? []);
  }

  /** Forgets the record: nobody sees it any more, from now on. */
  delete(id: string): void {
    this.#rows.delete(id);
  }

  /** Every row with its history, in order: what `restore` makes the same table of. */
  rows(): MapIterator<[id: string, row: Readonly<Row<T>>]> {
    return this.#rows.entries();
  }

  /** Puts a row back as `rows` gave it. */
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

/** What is true of one id, and what callers of the API still see of it. */
export interface Row<T> {
  /** `undefined`: removed. */
  current: T | undefined;
  /** What callers see until then, oldest first; `undefined`: nothing yet. */
  history: { until: number; value: T | undefined }[];
}
