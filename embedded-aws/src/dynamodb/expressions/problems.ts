/**
 * What is wrong with an expression that can be read. DynamoDB tells one problem only: the first of the gravest kind. The kinds and their
 * order were found by the authors of dynalite, who compared it with DynamoDB.
 */
export type Problem =
  | 'parentheses'
  | 'unknown function'
  | 'misused function'
  | 'reserved'
  | 'section'
  | 'name'
  | 'value'
  | 'overlap'
  | 'conflict'
  | 'operand'
  | 'distinct'
  | 'function';

export class Problems {
  readonly #first = new Map<Problem, string>();

  /** Only the first problem of a kind counts. */
  note(kind: Problem, message: string): void {
    if (!this.#first.has(kind)) this.#first.set(kind, message);
  }

  gravest(kinds: readonly Problem[]): string | undefined {
    const kind = kinds.find((candidate) => this.#first.has(candidate));
    return kind === undefined ? undefined : this.#first.get(kind);
  }
}
