/** One thing wrong in a file that a user wrote: where, what, and how to mend it. */
export interface Problem {
  /** The path as the user would type it. */
  readonly file: string;
  /** Both count from 1; both are 0 where the input has no lines: JSON given inline, or a file that cannot be read. */
  readonly line: number;
  readonly column: number;
  /** The path of the field, such as `share.accounts[2]`; empty for the file as a whole. */
  readonly field: string;
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
}

/**
 * The problem as four lines of plain text, without a newline at the end:
 *
 *     recipes/al2023.yml:14:24 regions[1]
 *       found    "us-east-9", which is no region of the aws partition
 *       allowed  regions of the aws partition, such as us-east-1
 *       fix      did you mean us-east-1?
 */
export function describeProblem(problem: Problem): string {
  const position = problem.line === 0 ? '' : `:${problem.line}:${problem.column}`;
  const place = [problem.file + position, problem.field].filter((part) => part !== '').join(' ');
  return `${place}\n  found    ${problem.found}\n  allowed  ${problem.allowed}\n  fix      ${problem.fix}`;
}

/** The path of a field as one would write it: `share.accounts[2]`, `tags["cost center"]`. */
export function fieldName(path: readonly PropertyKey[]): string {
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

/** A text in quotes on one line, cut where it is long; control characters are escaped, so that it cannot forge output. */
export function quote(text: string): string {
  const cut = text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
  const escaped = JSON.stringify(cut);
  return escaped.replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
