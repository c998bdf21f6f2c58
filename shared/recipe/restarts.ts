/**
 * Finds a command in a script that restarts or stops the instance. The agent goes down before it has reported the end of the step, so
 * the step fails, or is awaited for hours (Systems Manager user guide, "Handling reboots when running commands").
 *
 * Only commands are looked at, and no shell is imitated: what a variable, a here-document, a trap or another program runs is not seen.
 */
export interface Restart {
  readonly effect: 'restarts' | 'stops';
  /** The command, on one line. */
  readonly command: string;
  /** The line of the script that it begins in; the first is 1. */
  readonly line: number;
}

type Effect = Restart['effect'] | undefined;

export function findRestart(script: string, language: 'shell' | 'powershell'): Restart | undefined {
  const { tokens, effectOf } = languages[language];
  const text = language === 'shell' ? withoutHereDocuments(script) : script;
  for (const { words, at } of commandsOf(text, tokens)) {
    const effect = effectOf(words);
    if (effect === undefined) continue;
    return { effect, command: words.join(' '), line: text.slice(0, at).split('\n').length };
  }
  return undefined;
}

interface Command {
  readonly words: readonly string[];
  /** Where it begins in the script. */
  readonly at: number;
}

/** The kinds of tokens: what is passed over, what ends a command, brackets around commands, space, and all else, which makes words. */
interface Token {
  readonly skip?: string;
  readonly end?: string;
  readonly open?: string;
  readonly close?: string;
  readonly space?: string;
  readonly text?: string;
}

function commandsOf(script: string, tokens: RegExp): Command[] {
  let commands: Command[] = [];
  let words: string[] = [];
  let at = 0;
  let isInWord = false;
  // After a closing bracket, as in `echo $(date) more`, what follows is no command.
  let isCommand = true;
  let depth = 0;
  /** How many commands there were before this line, or this alternative of `case`. */
  let before = 0;
  const finish = () => {
    if (isCommand && words.length > 0) commands.push({ words, at });
    [words, isInWord, isCommand] = [[], false, true];
  };
  for (const { groups, index } of script.matchAll(tokens)) {
    const { end, open, close, space, text } = groups as Token;
    if (text !== undefined) {
      if (words.length === 0) at = index;
      if (isInWord) words.push(`${words.pop()}${text}`);
      else words.push(text);
      isInWord = true;
    } else if (space !== undefined) isInWord = false;
    else if (end !== undefined) {
      finish();
      if (end === '\n' || end === ';;') before = commands.length;
    } else if (open !== undefined) {
      finish();
      depth++;
    } else if (close !== undefined && depth > 0) {
      finish();
      depth--;
      isCommand = false;
    } else if (close !== undefined) {
      // A bracket that was not opened ends the patterns of an alternative of `case`, which are no commands.
      commands = commands.slice(0, before);
      [words, isInWord] = [[], false];
    }
  }
  finish();
  return commands;
}

/** Empties the lines of here-documents. */
function withoutHereDocuments(script: string): string {
  const lines = script.split('\n');
  const ends: string[] = [];
  return lines
    .map((line, index) => {
      const [end] = ends;
      if (end !== undefined) {
        if (line.replace(/^\t+/, '') === end) ends.shift();
        return '';
      }
      for (const [, , word = ''] of line.matchAll(/(?<![<\d])<<-?[ \t]*(['"\\]?)([A-Za-z_][\w.-]*)/g)) {
        if (lines.slice(index + 1).some((later) => later.trim() === word)) ends.push(word);
      }
      return line;
    })
    .join('\n');
}

/** The last part of a path: `/sbin/reboot` is reboot. */
const baseName = (path: string): string => path.replace(/^.*[/\\]/s, '');

const shellTokens = new RegExp(
  [
    // Comments, continued lines, and redirections with their targets.
    /(?<skip>(?<=^|[\s;&|()])#[^\n]*|\\\r?\n|\d*[<>]+[&|]?[ \t]*(?:"[^"]*"|'[^']*'|[^\s;&|()<>]*))/,
    // What ends a command, and the head of a function.
    /(?<end>(?<![\w.-])[\w.-]+[ \t]*\([ \t]*\)|;;|[\n;&|])/,
    // A list in brackets is one word with the name that it is given to.
    /(?<text>(?<!\w)\w+\+?=\([^)]*\)|'[^']*'?|"(?:\\.|[^"\\])*"?|\\.|\$\{[^}]*\}|`[^`]*`|[^\s;&|()<>'"\\`])/,
    /(?<open>\()|(?<close>\))|(?<space>\s)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gms',
);

/** A word as the shell hands it on. */
const unquoted = (word: string): string =>
  word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_, single, double, escaped) => single ?? double ?? escaped,
  );

const reserved = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', '}']);
const assignment = /^\w+(\[[^\]]*\])?\+?=/;

/** Programs that run the command after them, and those of their options that take a value. */
const runners: Readonly<Record<string, readonly string[]>> = {
  sudo: ['-u', '-g', '-p', '-C', '-D'],
  doas: ['-u'],
  exec: ['-a'],
  command: [],
  nohup: [],
  setsid: [],
  time: [],
  env: ['-u', '-C'],
  nice: ['-n'],
  timeout: ['-s', '-k'],
};

/** The command itself, without what may stand before it. */
function bare(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  if (reserved.has(first) || assignment.test(first)) return bare(rest);
  const withValue = Object.hasOwn(runners, baseName(first)) ? runners[baseName(first)] : undefined;
  if (withValue === undefined) return words;
  // `command -v reboot` only looks for it.
  if (first === 'command' && rest[0]?.startsWith('-')) return [];
  const next = rest.findIndex(
    (word, index) =>
      !(word.startsWith('-') || assignment.test(word) || withValue.includes(rest[index - 1] ?? '')) &&
      !(first === 'timeout' && /^[\d.]+[smhd]?$/.test(word)),
  );
  return next === -1 ? [] : bare(rest.slice(next));
}

function shellEffect(given: readonly string[]): Effect {
  const [path = '', ...args] = bare(given.map(unquoted));
  const has = (option: RegExp) => args.some((arg) => option.test(arg));
  const [verb = '', unit = ''] = args.filter((arg) => !arg.startsWith('-'));
  const name = baseName(path);
  if (has(/^--(help|version)$/)) return undefined;
  switch (name) {
    case 'reboot':
      return has(/^(-w|--wtmp-only)$/) ? undefined : 'restarts';
    case 'poweroff':
    case 'halt':
      return has(/^(-w|--wtmp-only)$/) ? undefined : 'stops';
    case 'shutdown':
      if (has(/^(-c|-k|--show)$/)) return undefined;
      return has(/^(-[a-zA-Z]*r|--reboot)/) ? 'restarts' : 'stops';
    case 'init':
    case 'telinit':
      return verb === '6' ? 'restarts' : verb === '0' ? 'stops' : undefined;
    case 'systemctl':
      // Of another machine, or of none.
      if (has(/^(-[HM]|--(host|machine|root|dry-run)\b)/)) return undefined;
      return targetEffect(verb === 'isolate' || verb === 'start' ? unit : `${verb}.target`);
    case 'sh':
    case 'bash':
    case 'dash':
    case 'ksh':
    case 'zsh': {
      const inline = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
      return inline === -1 ? undefined : findRestart(args[inline + 1] ?? '', 'shell')?.effect;
    }
    default:
      return undefined;
  }
}

function targetEffect(target: string): Effect {
  if (/^(reboot|kexec|soft-reboot|ctrl-alt-del|runlevel6)\.target$/.test(target)) return 'restarts';
  return /^(poweroff|halt|shutdown|runlevel0)\.target$/.test(target) ? 'stops' : undefined;
}

const powershellTokens = new RegExp(
  [
    /(?<skip><#.*?#>|(?<=^|[\s;|{}()=])#[^\n]*|`\r?\n)/,
    /(?<end>&&|\|\||[\n;|{}=])/,
    /(?<text>@'.*?\n'@|@".*?\n"@|'(?:[^']|'')*'?|"(?:[^"`]|`.|"")*"?|`.|[^\s;|{}()='"`])/,
    /(?<open>\()|(?<close>\))|(?<space>\s)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gms',
);

function powershellEffect(words: readonly string[]): Effect {
  // A string is a value, unless the call operator stands before it.
  const [first = '', ...args] = words[0] === '&' ? words.slice(1) : words;
  const path = words[0]?.startsWith('&') ? first.replace(/^&/, '').replaceAll(/["']/g, '') : first;
  const name = baseName(path)
    .toLowerCase()
    .replace(/\.exe$/, '');
  const has = (option: RegExp) => args.some((arg) => option.test(arg.toLowerCase()));
  if (name === 'cmd' && has(/^\/[ck]$/)) return powershellEffect(args.slice(1));
  if (has(/^-whatif$/)) return undefined;
  switch (name) {
    case 'restart-computer':
    case 'stop-computer':
      // Of another computer.
      if (has(/^-(cn|computername)$/)) return undefined;
      return name === 'restart-computer' ? 'restarts' : 'stops';
    case 'shutdown':
      if (has(/^[/-][aml]$/)) return undefined;
      return has(/^[/-][rg]$/) ? 'restarts' : has(/^[/-](s|sg|p)$/) ? 'stops' : undefined;
    case 'install-windowsfeature':
    case 'add-windowsfeature':
    case 'uninstall-windowsfeature':
    case 'remove-windowsfeature':
    case 'rename-computer':
    case 'add-computer':
    case 'remove-computer':
      return has(/^-restart$/) ? 'restarts' : undefined;
    default:
      return undefined;
  }
}

const languages = {
  shell: { tokens: shellTokens, effectOf: shellEffect },
  powershell: { tokens: powershellTokens, effectOf: powershellEffect },
} as const;
