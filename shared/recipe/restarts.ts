/**
 * A command in a script that restarts or stops the instance. Such a command stops the SSM Agent before the agent reports the result of
 * the step. So the step fails, or the build waits for hours (Systems Manager user guide, "Handling reboots when running commands").
 *
 * Only plain commands are found. This file is not a shell: it does not find commands in variables, here-documents, traps or other
 * programs.
 */
export interface Restart {
  readonly effect: 'restarts' | 'stops';
  /** The command, on one line. */
  readonly command: string;
  /** The line of the script in which the command starts. The first line is 1. */
  readonly line: number;
}

type Effect = Restart['effect'] | undefined;

/** The first command that restarts or stops the instance. */
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
  /** The position of the command in the script. */
  readonly at: number;
}

/** The kinds of tokens: skipped text, the end of a command, brackets around commands, space, and text, which is part of a word. */
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
  // False after a closing bracket: in `echo $(date) more`, "more" is not a command.
  let isCommand = true;
  let depth = 0;
  /** The number of commands before this line, or before this branch of `case`. */
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
      // A closing bracket without an opening one ends the patterns of a `case` branch. Patterns are not commands.
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
    // Comments, line continuations, and redirections with their targets.
    /(?<skip>(?<=^|[\s;&|()])#[^\n]*|\\\r?\n|\d*[<>]+[&|]?[ \t]*(?:"[^"]*"|'[^']*'|[^\s;&|()<>]*))/,
    // The end of a command, and the head of a function.
    /(?<end>(?<![\w.-])[\w.-]+[ \t]*\([ \t]*\)|;;|[\n;&|])/,
    // An array assignment, such as a=(b c), is one word.
    /(?<text>(?<!\w)\w+\+?=\([^)]*\)|'[^']*'?|"(?:\\.|[^"\\])*"?|\\.|\$\{[^}]*\}|`[^`]*`|[^\s;&|()<>'"\\`])/,
    /(?<open>\()|(?<close>\))|(?<space>\s)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gms',
);

/** A word after the shell has removed the quotes. */
const unquoted = (word: string): string =>
  word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_, single, double, escaped) => single ?? double ?? escaped,
  );

const reserved = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', '}']);
const assignment = /^\w+(\[[^\]]*\])?\+?=/;

/** Programs that run the command in their arguments, and the options of these programs that have a value. */
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

/** The command without reserved words, assignments and programs such as sudo before it. */
function innerCommand(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  if (reserved.has(first) || assignment.test(first)) return innerCommand(rest);
  const withValue = Object.hasOwn(runners, baseName(first)) ? runners[baseName(first)] : undefined;
  if (withValue === undefined) return words;
  // `command -v reboot` only searches for the command.
  if (first === 'command' && rest[0]?.startsWith('-')) return [];
  const next = rest.findIndex(
    (word, index) =>
      !(word.startsWith('-') || assignment.test(word) || withValue.includes(rest[index - 1] ?? '')) &&
      !(first === 'timeout' && /^[\d.]+[smhd]?$/.test(word)),
  );
  return next === -1 ? [] : innerCommand(rest.slice(next));
}

function shellEffect(given: readonly string[]): Effect {
  const [path = '', ...args] = innerCommand(given.map(unquoted));
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
      // The options select another machine, or no machine.
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
  // A string is a value, except after the call operator &.
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
      // The option selects another computer.
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
