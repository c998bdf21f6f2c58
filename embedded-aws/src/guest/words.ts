/** One word of a command line, and whether it was quoted. A quoted word is not a pattern. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
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

interface GlobOptions {
  /** Whether `*` and `?` also match separators. */
  readonly slashes?: boolean;
  /** Whether patterns match a leading dot. Otherwise only an explicit dot does. */
  readonly hidden?: boolean;
  readonly ignoreCase?: boolean;
  readonly windows?: boolean;
  /** Appended to the pattern as a regular expression. */
  readonly end?: string;
}

/** A shell pattern as a regular expression. */
export function globOf(
  pattern: string,
  { slashes = false, hidden = false, ignoreCase = false, windows = false, end = '' }: GlobOptions = {},
): RegExp {
  const separator = windows ? '\\\\' : '/';
  const any = slashes ? '[^]' : `[^${separator}]`;
  const special = windows ? /[.+^${}()|[\]\\*?]/g : /\\.|\[[!^]?\]?[^\]]*\]|[.+^${}()|[\]\\*?]/g;
  const source = pattern.replaceAll(special, (found, at: number) => {
    if (found.length === 2 && found.startsWith('\\')) return found.replace(/^\\(?=\w)/, '');
    if (found.length > 1) return found.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (found !== '*' && found !== '?') return `\\${found}`;
    const dot = !hidden && /(^|[\\/])$/.test(pattern.slice(0, at)) ? '(?!\\.)' : '';
    return `${dot}${any}${found === '*' ? '*' : ''}`;
  });
  return new RegExp(`^${source}${end}$`, ignoreCase || windows ? 'i' : '');
}

/** The files that a word matches, by name or by pattern. With `below`, also all files below them. */
export function filesNamed(files: Iterable<string>, { text, quoted }: Word, below: boolean): string[] {
  const windows = /^[A-Za-z]:/.test(text);
  const path = text.replace(/[\\/]+$/, '');
  const end = below ? `(${windows ? '\\\\' : '/'}.*)?` : '';
  const literal = windows ? path.replaceAll(/[*?]/g, '\\$&') : path.replaceAll(/[*?[\]\\]/g, '\\$&');
  const matcher = globOf(quoted && !windows ? literal : path, { windows, end });
  return [...files].filter((file) => matcher.test(file));
}
