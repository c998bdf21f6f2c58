/** A problem in a file that a user wrote: its position, what was found, what is allowed, and how to fix it. */
export interface Problem {
  /** The path as the user types it. */
  readonly file: string;
  /** Line and column start at 1. Both are 0 if the input has no lines: JSON given inline, or a file that cannot be read. */
  readonly line: number;
  readonly column: number;
  /** The path of the field, such as `share.accounts[2]`. Empty if the problem concerns the whole file. */
  readonly field: string;
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
}

/**
 * The problem as four lines of plain text, without a newline at the end:
 *
 *     recipes/al2023.yml:14:24 regions[1]
 *       found    "us-east-9", which is not a region of the aws partition
 *       allowed  a region of the aws partition, such as us-east-1
 *       fix      did you mean us-east-1?
 */
export function describeProblem(problem: Problem): string {
  const position = problem.line === 0 ? '' : `:${problem.line}:${problem.column}`;
  const place = [problem.file + position, problem.field].filter((part) => part !== '').join(' ');
  return `${place}\n  found    ${problem.found}\n  allowed  ${problem.allowed}\n  fix      ${problem.fix}`;
}

/** The path of a field as a user writes it: `share.accounts[2]`, `tags["cost center"]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `[${quote(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

const shownLengthMax = 80;

/**
 * A string in quotes on one line. A long string is cut. Control characters are escaped, so that a value cannot forge a message on the
 * terminal.
 */
export function quote(text: string): string {
  const cut = text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
  const escaped = JSON.stringify(cut);
  return escaped.replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
