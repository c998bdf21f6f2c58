/**
 * The kinds of problems in a parsed expression. DynamoDB reports only one problem: the first
 * problem of the most severe kind. The authors of dynalite found the kinds and their order by
 * comparison with DynamoDB.
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

  /** Only the first problem of a kind is kept. */
  note(kind: Problem, message: string): void {
    if (!this.#first.has(kind)) this.#first.set(kind, message);
  }

  gravest(kinds: readonly Problem[]): string | undefined {
    const kind = kinds.find((candidate) => this.#first.has(candidate));
    return kind === undefined ? undefined : this.#first.get(kind);
  }
}
