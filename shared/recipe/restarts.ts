import { powershellCommands, reserved, shellCommands, withoutHereDocuments } from './script-commands.ts';
import { isForShell } from './strict-script.ts';

/**
 * A command in a script that restarts or stops the instance. Such a command stops the SSM Agent before the agent reports the result of
 * the step. So the step fails, or the build waits for hours (Systems Manager user guide, "Handling reboots when running commands").
 *
 * Only plain commands are found. A command in a variable, in a here-document or in another program is not found. A script for another
 * interpreter, such as Python, is not read.
 */
export interface Restart {
  readonly effect: 'restarts' | 'stops';
  /** The command, on one line. */
  readonly command: string;
  /** The line of the script in which the command starts. The first line is 1. */
  readonly line: number;
}

type Effect = Restart['effect'] | undefined;

/** How many scripts in scripts are read, such as the script of `sh -c` in the script of `eval`. */
const DEPTH_MAX = 5;

/** The first command that restarts or stops the instance. */
export function findRestart(
  script: string,
  language: 'shell' | 'powershell',
  depth = 0,
): Restart | undefined {
  if (depth > DEPTH_MAX || (language === 'shell' && !isForShell(script))) return undefined;
  const { textOf, commandsOf, nameOf, effectOf } = languages[language];
  const text = textOf(script);
  const { commands, functions } = commandsOf(text);
  for (const { words, at } of commands) {
    const effect = functions.has(nameOf(words)) ? undefined : effectOf(words, depth + 1);
    if (effect === undefined) continue;
    return { effect, command: words.join(' '), line: text.slice(0, at).split('\n').length };
  }
  return undefined;
}

/** The last part of a path: `/sbin/reboot` is reboot. */
const baseName = (path: string): string => path.replace(/^.*[/\\]/s, '');

/** A word after the shell has removed the quotes. */
const unquoted = (word: string): string =>
  word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_, single, double, escaped) => single ?? double ?? escaped,
  );

const assignment = /^\w+(\[[^\]]*\])?\+?=/;

/** Programs that run the command in their arguments, and the options of these programs that have a value. */
const runners: Readonly<Record<string, readonly string[]>> = {
  sudo: ['-u', '--user', '-g', '--group', '-p', '-C', '-D', '-h', '-R', '-T', '-U', '-r', '-t'],
  doas: ['-u'],
  busybox: [],
  'systemd-run': [
    '-u',
    '--unit',
    '-p',
    '--property',
    '-E',
    '--setenv',
    '--slice',
    '--description',
    '--on-active',
  ],
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
  let command = afterAssignments(words);
  for (;;) {
    const [first = ''] = command;
    const name = baseName(first);
    const withValue = Object.hasOwn(runners, name) ? runners[name] : undefined;
    if (withValue === undefined) return command;
    const isOption = (word: string, index: number) =>
      word.startsWith('-') ||
      assignment.test(word) ||
      withValue.includes(command[index - 1] ?? '') ||
      (name === 'timeout' && /^[\d.]+[smhd]?$/.test(word));
    const next = command.findIndex((word, index) => index > 0 && !isOption(word, index));
    const options = command.slice(1, next);
    if (next === -1 || options.some((option) => runsNothing[name]?.test(option))) return [];
    command = afterAssignments(command.slice(next));
  }
}

/** Options with which a program does not run the command: it only searches for the command, or runs it later or on another machine. */
const runsNothing: Readonly<Record<string, RegExp>> = {
  command: /^-[vV]/,
  sudo: /^(-[le]|--(list|edit))$/,
  'systemd-run': /^(-[HM]|--(host|machine)|--(on-(?!active)|path-|socket-|timer-))/,
};

/** The command without reserved words and assignments before it. */
function afterAssignments(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !reserved.has(word) && !assignment.test(word));
  return first === -1 ? [] : words.slice(first);
}

function shellEffect(given: readonly string[], depth: number): Effect {
  const [path = '', ...args] = innerCommand(given.map(unquoted));
  const has = (option: RegExp) => args.some((arg) => option.test(arg));
  const [verb = '', unit = ''] = args.filter((arg) => !arg.startsWith('-'));
  const name = baseName(path);
  const effectOfScript = (script = '') => findRestart(script, 'shell', depth)?.effect;
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
    case 'zsh':
    case 'su':
    case 'runuser': {
      const inline = args.findIndex((arg) => /^(-[a-z]*c|--command)$/.test(arg));
      const [joined = ''] = args.filter((arg) => arg.startsWith('--command='));
      return effectOfScript(inline === -1 ? joined.replace('--command=', '') : args[inline + 1]);
    }
    case 'eval':
      return effectOfScript(args.join(' '));
    case 'trap':
      return /^(EXIT|0)$/.test(args.at(-1) ?? '') && args.length > 1 ? effectOfScript(args[0]) : undefined;
    default:
      return /^`[^`]+`$/.test(path) ? effectOfScript(path.slice(1, -1)) : undefined;
  }
}

function targetEffect(target: string): Effect {
  if (/^(reboot|kexec|soft-reboot|ctrl-alt-del|runlevel6)\.target$/.test(target)) return 'restarts';
  return /^(poweroff|halt|shutdown|runlevel0)\.target$/.test(target) ? 'stops' : undefined;
}

/** A word after PowerShell has removed the quotes. */
const unquotedString = (word: string): string =>
  word.replaceAll(/'((?:[^']|'')*)'|"((?:`.|""|[^"`])*)"/gs, (_, single?: string, double = '') =>
    single === undefined ? double.replaceAll(/""|`"/g, '"') : single.replaceAll("''", "'"),
  );

/** The name of a command in lower case, without its folder and its extension. */
const programName = (path: string): string =>
  baseName(path)
    .toLowerCase()
    .replace(/\.exe$/, '');

const thisComputer = /^(localhost|\.|\$env:computername)$/i;

function powershellEffect(words: readonly string[], depth: number): Effect {
  // A string is a value, except after the call operator &.
  const [first = '', ...args] = words[0] === '&' ? words.slice(1) : words;
  const name = programName(words[0]?.startsWith('&') ? unquotedString(first.replace(/^&/, '')) : first);
  const has = (option: RegExp) => args.some((arg) => option.test(arg.toLowerCase()));
  const effectOfWords = (script: readonly string[]) =>
    findRestart(script.map(unquotedString).join(' '), 'powershell', depth)?.effect;
  if (has(/^-whatif(:\$true)?$/)) return undefined;
  switch (name) {
    case 'restart-computer':
    case 'stop-computer':
      if (selectsAnotherComputer(args)) return undefined;
      return name === 'restart-computer' ? 'restarts' : 'stops';
    case 'shutdown':
      return shutdownEffect(args);
    case 'install-windowsfeature':
    case 'add-windowsfeature':
    case 'uninstall-windowsfeature':
    case 'remove-windowsfeature':
    case 'rename-computer':
    case 'add-computer':
    case 'remove-computer':
      return has(/^-restart(:\$true)?$/) && !has(/^-(cn|computername)\b/) ? 'restarts' : undefined;
    case 'cmd': {
      const inline = args.findIndex((arg) => /^\/[ck]$/i.test(arg));
      return inline === -1
        ? undefined
        : cmdEffect(
            args
              .slice(inline + 1)
              .map(unquotedString)
              .join(' '),
          );
    }
    case 'powershell':
    case 'pwsh': {
      const inline = args.findIndex((arg) => /^-(c|command)$/i.test(arg));
      if (inline === -1 && args[0]?.startsWith('-')) return undefined;
      return effectOfWords(args.slice(inline + 1));
    }
    case 'invoke-expression':
    case 'iex':
      return effectOfWords(args.filter((arg) => !/^-command$/i.test(arg)));
    case 'start-process':
    case 'saps': {
      const [program = '', ...rest] = args.filter(
        (arg) => !/^-(filepath|argumentlist|args|wait|nonewwindow|passthru)$/i.test(arg),
      );
      if (programName(unquotedString(program)) !== 'shutdown') return undefined;
      return shutdownEffect(rest.flatMap((arg) => unquotedString(arg).split(/[ ,]+/)));
    }
    default:
      return undefined;
  }
}

/** Whether Restart-Computer or Stop-Computer acts on another computer. The name of the computer can be the first argument. */
function selectsAnotherComputer(args: readonly string[]): boolean {
  const named = args.findIndex((arg) => /^-(cn|computername)$/i.test(arg));
  const [joined] = args.filter((arg) => /^-(cn|computername):/i.test(arg));
  const afterSwitch = args.find(
    (arg, index) =>
      !arg.startsWith('-') && (index === 0 || /^-(force|wait|asjob)$/i.test(args[index - 1] ?? '')),
  );
  const computer = named === -1 ? (joined?.replace(/^[^:]*:/, '') ?? afterSwitch) : args[named + 1];
  return computer !== undefined && !thisComputer.test(unquotedString(computer));
}

function shutdownEffect(args: readonly string[]): Effect {
  const has = (option: RegExp) => args.some((arg) => option.test(arg));
  if (has(/^[/-][aml]$/i)) return undefined;
  return has(/^[/-][rg]$/i) ? 'restarts' : has(/^[/-](s|sg|p)$/i) ? 'stops' : undefined;
}

/** The effect of a command line of cmd.exe. */
function cmdEffect(line: string): Effect {
  // An operator in quotes separates no commands.
  const commands = line.replaceAll(/"[^"]*"/g, '""').split(/&&?|\|\|?/);
  const [restart] = commands.flatMap((command) => {
    const [name = '', ...args] = command.trim().split(/\s+/);
    return programName(name) === 'shutdown' ? [shutdownEffect(args)] : [];
  });
  return restart;
}

const languages = {
  shell: {
    textOf: withoutHereDocuments,
    commandsOf: shellCommands,
    nameOf: (words: readonly string[]) => afterAssignments(words)[0] ?? '',
    effectOf: shellEffect,
  },
  powershell: {
    textOf: (script: string) => script,
    commandsOf: powershellCommands,
    nameOf: ([name = '']: readonly string[]) => name.toLowerCase(),
    effectOf: powershellEffect,
  },
} as const;
