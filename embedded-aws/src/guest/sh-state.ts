import type { SyntaxNode } from 'unbash';
import type { Known, State, Stream } from './state.ts';

/** What a subshell copies. */
export interface Environment {
  readonly variables: Map<string, string>;
  readonly functions: Map<string, SyntaxNode>;
  /** `set -e` */
  errexit: boolean;
  /** The status of the last command. */
  last: Known;
  /** The status of the last command substitution of an assignment. */
  substituted: Known;
  /** A `break`, `continue` or `return` that is under way. */
  jump?: 'break' | 'continue' | 'return';
}

/** Where a command runs. */
export interface Shell {
  readonly state: State;
  readonly env: Environment;
  readonly parameters: readonly string[];
  /** Whether the command certainly runs. */
  readonly certain: boolean;
  /** Whether the status of the command is tested, so that `set -e` does not count. */
  readonly tested: boolean;
  readonly out: Stream;
  readonly err: Stream;
  /** The rest of the standard input. */
  readonly input: Stream;
  /** The functions that call the command. */
  readonly callers: readonly SyntaxNode[];
  /** The number of commands that may still run, so that every script ends. */
  readonly budget: { left: number };
}
