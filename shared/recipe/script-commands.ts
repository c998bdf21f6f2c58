/**
 * Finds the commands in a script. This file is not a shell: it knows enough of the grammar to tell commands from other words, such as
 * arguments, strings, patterns and comments. When in doubt, a word is not a command.
 */
export interface Command {
  readonly words: readonly string[];
  /** The position of the command in the text. */
  readonly at: number;
}

export interface ScriptCommands {
  readonly commands: readonly Command[];
  /** The functions that the script defines. A command with such a name calls the function. */
  readonly functions: ReadonlySet<string>;
}

/** The kinds of tokens: skipped text, the name of a function, the end of a command, brackets, =, space, and text (a part of a word). */
interface Token {
  readonly skip?: string;
  readonly defined?: string;
  readonly end?: string;
  readonly open?: string;
  readonly close?: string;
  readonly equals?: string;
  readonly space?: string;
  readonly text?: string;
}

/** The commands between two brackets, or of the whole script. */
class Group {
  words: string[] = [];
  /** The position of the first word. */
  at = 0;
  isInWord = false;
  /** The open `case` statements of a shell, and what comes next in each. */
  readonly cases: ('pattern' | 'body')[] = [];
  /** Whether the next words are the value of an assignment (PowerShell). */
  isAssigned = false;

  /** The position of the opening bracket. */
  readonly from: number;
  /** Whether the brackets contain data, such as an array, and no commands. */
  readonly isData: boolean;
  /** Whether the brackets and their content are a part of the command before them. */
  readonly isWord: boolean;

  constructor(from: number, isData: boolean, isWord: boolean) {
    [this.from, this.isData, this.isWord] = [from, isData, isWord];
  }

  add(text: string, at: number): void {
    if (this.words.length === 0) this.at = at;
    if (this.isInWord) this.words.push(`${this.words.pop()}${text}`);
    else this.words.push(text);
    this.isInWord = true;
  }

  clear(): void {
    [this.words, this.isInWord] = [[], false];
  }
}

const tokensOf = (...parts: RegExp[]): RegExp =>
  new RegExp(parts.map(({ source }) => source).join('|'), 'gms');

const shellTokens = tokensOf(
  // Comments, line continuations, and redirections with their targets.
  /(?<skip>(?<=^|[\s;&|()])#[^\n]*|\\\r?\n|\d*[<>]+[&|]?[ \t]*(?:"[^"]*"|'[^']*'|[^\s;&|()<>]*))/,
  /(?<![\w.-])(?<defined>[\w.-]+)[ \t]*\([ \t]*\)/,
  /(?<end>;;&|;;|;&|[\n;&|])/,
  // Arithmetic is text: ((a|b)) or $((a|b)).
  /(?<text>\$?\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)|\$?'(?:(?<=\$')(?:\\.|[^'\\])*|[^']*)'?|"(?:\\.|\$\((?:[^()"']|"(?:\\.|[^"\\])*"|'[^']*')*\)|[^"\\])*"?|\\.|\$\{[^}]*\}|`[^`]*`|[^\s;&|()<>'"\\`])/,
  /(?<open>\()|(?<close>\))|(?<space>\s)/,
);

/** Words of the shell before a command. */
export const reserved: ReadonlySet<string> = new Set([
  ...['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', '}'],
]);

export function shellCommands(script: string): ScriptCommands {
  const commands: Command[] = [];
  const functions = new Set<string>();
  const outer: Group[] = [];
  let group = new Group(0, false, false);
  const finish = () => {
    const [first, name = ''] = group.words;
    if (first === 'esac' && group.cases.at(-1) === 'body') group.cases.pop();
    else if (first === 'function') functions.add(name);
    else if (first !== undefined && !group.isData) commands.push({ words: group.words, at: group.at });
    group.clear();
  };
  /** Reads reserved words, and the words that start and end a `case` statement. */
  const readReserved = () => {
    const [first = '', second, third] = group.words;
    const expectsPattern = group.cases.at(-1) === 'pattern';
    if (expectsPattern && first === 'esac') group.cases.pop();
    else if (!expectsPattern && first === 'case' && third === 'in') group.cases.push('pattern');
    else if (expectsPattern || second !== undefined || !reserved.has(first)) return;
    group.clear();
  };
  for (const { groups, index } of script.matchAll(shellTokens)) {
    const { skip, defined, end, open, close, space, text } = groups as Token;
    if (skip !== undefined) continue;
    if (text !== undefined) {
      group.add(text, index);
      continue;
    }
    readReserved();
    const { words } = group;
    const isPattern = group.cases.at(-1) === 'pattern';
    // [[ a =~ (b|c) ]] contains no commands.
    const isTest = words[0] === '[[' && words.at(-1) !== ']]';
    const isCaseHead = end === '\n' && words[0] === 'case' && words.length === 2;
    if (space !== undefined || isTest || isCaseHead) group.isInWord = false;
    else if (isPattern) {
      if (close !== undefined) group.cases.splice(-1, 1, 'body');
      group.clear();
    } else if (open !== undefined) {
      const last = group.isInWord ? (words.at(-1) ?? '') : '';
      // A bracket directly after a word starts an array or a pattern, such as a=(b c) or !(b|c).
      const isData = last !== '' && !last.endsWith('$');
      outer.push(group);
      group = new Group(index, group.isData || isData, true);
    } else {
      finish();
      if (defined !== undefined) functions.add(defined);
      if (end !== undefined && end.length > 1 && group.cases.at(-1) === 'body')
        group.cases.splice(-1, 1, 'pattern');
      const around = close === undefined ? undefined : outer.pop();
      if (around !== undefined) {
        around.add(script.slice(group.from, index + 1), group.from);
        group = around;
      }
    }
  }
  for (;;) {
    finish();
    const around = outer.pop();
    if (around === undefined) return { commands, functions };
    group = around;
  }
}

/** Empties the lines of here-documents, so that the numbers of the other lines stay the same. */
export function withoutHereDocuments(script: string): string {
  const lines = script.split(/\r?\n/);
  const lastIndexOf = new Map(lines.map((line, index) => [line.trim(), index]));
  const ends: string[] = [];
  return lines
    .map((line, index) => {
      const [end] = ends;
      if (end !== undefined) {
        if (line.replace(/^\t+/, '') === end) ends.shift();
        return '';
      }
      for (const [, single, double, plain] of line.matchAll(
        /(?<![<\d])<<-?[ \t]*(?:'([^']+)'|"([^"]+)"|\\?([^\s'"\\;&|()<>]+))/g,
      )) {
        const word = single ?? double ?? plain ?? '';
        if ((lastIndexOf.get(word.trim()) ?? 0) > index) ends.push(word);
      }
      return line;
    })
    .join('\n');
}

const powershellTokens = tokensOf(
  /(?<skip><#.*?#>|(?<=^|[\s;|{}()=])#[^\n]*|`\r?\n)/,
  /(?<end>&&|\|\||[\n;|])/,
  /(?<text>@'.*?\n'@|@".*?\n"@|'(?:[^']|'')*'?|"(?:`.|""|\$\((?:[^()"']|"[^"]*"|'[^']*')*\)|[^"`])*"?|`.|\$\{[^}]*\}|[^\s;|{}()='"`])/,
  /(?<open>[({])|(?<close>[)}])|(?<equals>=)|(?<space>\s)/,
);

/** Commands whose block does not run in this script: it runs on another computer, or later. */
const blockRunsElsewhere = /^(invoke-command|icm|register-.*)$/i;

export function powershellCommands(script: string): ScriptCommands {
  const commands: Command[] = [];
  const functions = new Set<string>();
  const outer: Group[] = [];
  let group = new Group(0, false, false);
  const finish = () => {
    if (group.words.length > 0 && !group.isData) commands.push({ words: group.words, at: group.at });
    group.clear();
    group.isAssigned = false;
  };
  for (const { groups, index } of script.matchAll(powershellTokens)) {
    const { end, open, close, equals, space, text } = groups as Token;
    const [first = '', second = ''] = group.words;
    if (text !== undefined) group.add(text, index);
    else if (space !== undefined) group.isInWord = false;
    else if (equals !== undefined) {
      // An assignment, or an entry of a hash table. In `msbuild /p:Mode=a`, the character = is text.
      const isAssignment = group.words.length < 2 || /^[$[]/.test(first);
      if (isAssignment) {
        group.clear();
        group.isAssigned = true;
      } else group.add(equals, index);
    } else if (open === '(' || (open === '{' && group.isInWord && group.words.at(-1)?.endsWith('@'))) {
      outer.push(group);
      group = new Group(index, group.isData, true);
    } else if (open !== undefined) {
      if (/^(function|filter)$/i.test(first)) functions.add(second.replace(/\(.*/s, '').toLowerCase());
      // A block in an assignment is a value.
      const isData = blockRunsElsewhere.test(first) || (group.isAssigned && group.words.length === 0);
      group.clear();
      outer.push(group);
      group = new Group(index, group.isData || isData, false);
    } else if (end !== undefined || close !== undefined) {
      finish();
      const around = close === undefined ? undefined : outer.pop();
      if (around !== undefined) {
        if (group.isWord) around.add(script.slice(group.from, index + 1), group.from);
        group = around;
      }
    }
  }
  for (;;) {
    finish();
    const around = outer.pop();
    if (around === undefined) return { commands, functions };
    group = around;
  }
}
