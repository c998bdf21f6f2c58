/** One word of a command line, and whether it was quoted. A quoted word is not a pattern. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** One command of a script. */
export interface Statement {
  readonly text: string;
  /** Whether the command is inside a condition, a loop or a function, so that it may or may not run. */
  readonly conditional: boolean;
}

/**
 * The commands of a script, in order. Continued lines are joined; lists (`;`, `&&`, pipes) are split. Comments and
 * here-documents are left out, except the `ExecStop=` commands of a systemd unit. Commands after `||` are left out,
 * because the embedded guest's commands succeed.
 */
export function statementsOf(script: string): Statement[] {
  const statements: Statement[] = [];
  let depth = 0;
  let hereDocumentEnd: string | undefined;
  for (const line of script.replaceAll(/[\\`]\r?\n[ \t]*/g, ' ').split(/\r?\n/)) {
    if (hereDocumentEnd !== undefined) {
      if (line.trim() === hereDocumentEnd) hereDocumentEnd = undefined;
      else if (line.startsWith('ExecStop=')) statements.push({ text: line, conditional: false });
      continue;
    }
    hereDocumentEnd = /<<-?\s*['"]?(\w+)['"]?/.exec(line)?.[1];
    for (const text of commandsOf(line)) {
      if (/^(fi|done|esac|\})/.test(text)) depth = Math.max(0, depth - 1);
      const command = text.replace(/^((then|do|else|sudo( -\w+)*|[{(}]|[A-Z_]+=\S*)\s+)+/, '');
      if (command !== '') statements.push({ text: command, conditional: depth > 0 });
      if (/^(if|for|while|until|case)\b/.test(text) || /\{$/.test(text)) depth += 1;
    }
  }
  return statements;
}

/** The commands of one line. */
function commandsOf(line: string): string[] {
  const commands: string[] = [];
  let command = '';
  let quote: string | undefined;
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    const pair = line.slice(index, index + 2);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === "'" || character === '"') {
      quote = character;
    } else if (character === '#' && /(^|\s)$/.test(line.slice(0, index))) {
      break;
    } else if (pair === '||') {
      break;
    } else if (pair === '&&' || character === ';' || character === '|') {
      commands.push(command);
      command = '';
      if (pair === '&&') index += 1;
      continue;
    }
    command += character;
  }
  commands.push(command);
  return commands.map((text) => text.trim()).filter((text) => text !== '');
}

/** The words of a command. Words with variables are left out, because variables are not evaluated. */
export function wordsOf(command: string): Word[] {
  const words: Word[] = [];
  for (const [, double, single, plain] of command.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)) {
    const text = double ?? single ?? plain ?? '';
    if (single === undefined && text.includes('$')) continue;
    words.push({ text, quoted: plain === undefined });
  }
  return words;
}

/** The files that a word matches, by name or by pattern. With `below`, also all files below them. */
export function filesNamed(files: Iterable<string>, { text, quoted }: Word, below: boolean): string[] {
  const windows = /^[A-Za-z]:/.test(text);
  const separator = windows ? '\\\\' : '/';
  // Only a pattern with an explicit dot matches a leading dot. Patterns do not match separators.
  const path = text.replace(/[\\/]+$/, '');
  const pattern = path.replaceAll(/[.+^${}()|[\]\\*?]/g, (character, at: number) => {
    if (quoted || (character !== '*' && character !== '?')) return `\\${character}`;
    const hidden = /[\\/]$/.test(path.slice(0, at)) ? '(?!\\.)' : '';
    return `${hidden}[^${separator}]${character === '*' ? '*' : ''}`;
  });
  const matcher = new RegExp(`^${pattern}${below ? `(${separator}.*)?` : ''}$`, windows ? 'i' : '');
  return [...files].filter((file) => matcher.test(file));
}
