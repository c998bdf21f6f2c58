import { exists, hasCommand, hasPackage, isActive, isEnabled } from './answers.ts';
import { find } from './find.ts';
import type { Shell } from './sh-state.ts';
import type { Field } from './sh-words.ts';
import { type Known, not, type State, type Stream } from './state.ts';

type Builtin = (args: readonly Field[], shell: Shell) => Known;

/** Prints if it is certain that the command runs. */
function print({ certain }: Shell, stream: Stream, text: string, known = true): void {
  if (certain) stream.text += text;
  if (!certain || !known) stream.known = false;
}

const isKnown = (args: readonly Field[]) => args.every(({ known }) => known);
const textsOf = (args: readonly Field[]) => args.map(({ text }) => text);
const operandsOf = (args: readonly Field[]) => textsOf(args).filter((text) => !text.startsWith('-'));

const succeeds: Builtin = () => true;

/** A command that prints nothing, and whose status is unknown. */
const quiet: Builtin = () => undefined;

/** `test`: one or two or three words, each possibly after `!`. The guest knows no other forms. */
function tested(args: readonly Field[], state: State): Known {
  const [first, second, third, ...others] = args;
  if (first?.text === '!' && args.length > 1) return not(tested(args.slice(1), state));
  if (first === undefined) return false;
  const textOf = ({ text, known }: Field) => (known ? text : undefined);
  if (second === undefined) return first.known ? first.text !== '' : undefined;
  if (third === undefined) return testUnary(state, first.text, textOf(second));
  if (others.length === 0) return testBinary(textOf(first), second.text, textOf(third));
  return undefined;
}

export function testUnary(state: State, operator: string, operand: string | undefined): Known {
  if (operand === undefined) return undefined;
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
      return exists(state, operand);
    case '-f':
      return exists(state, operand, 'file');
    // An empty file counts as missing.
    case '-s':
      return exists(state, operand);
    case '-d':
      return exists(state, operand, 'directory');
    default:
      return undefined;
  }
}

export function testBinary(left: string | undefined, operator: string, right: string | undefined): Known {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-eq':
      return Number(left) === Number(right);
    case '-ne':
      return Number(left) !== Number(right);
    case '-gt':
      return Number(left) > Number(right);
    case '-ge':
      return Number(left) >= Number(right);
    case '-lt':
      return Number(left) < Number(right);
    case '-le':
      return Number(left) <= Number(right);
    default:
      return undefined;
  }
}

const echo: Builtin = (args, shell) => {
  const words = args.map(({ text }) => text);
  const isFlag = (word: string | undefined) => word !== undefined && /^-[neE]+$/.test(word);
  const flags = isFlag(words[0]) ? words.shift() : undefined;
  const text = `${words.join(' ')}${flags?.includes('n') ? '' : '\n'}`;
  print(shell, shell.out, flags?.includes('e') ? unescaped(text) : text, isKnown(args));
  return true;
};

/** Prints the format once for as many arguments as it takes, as `printf` does. */
const printf: Builtin = (args, shell) => {
  const [format = '', ...values] = textsOf(args).filter((text, index) => index > 0 || text !== '--');
  do {
    const text = unescaped(format).replaceAll(/%(?:%|-?\d*[sdi])/g, (found) =>
      found === '%%' ? '%' : (values.shift() ?? ''),
    );
    print(shell, shell.out, text, isKnown(args));
  } while (values.length > 0 && /%-?\d*[sdi]/.test(format));
  return true;
};

const unescaped = (text: string) =>
  text.replaceAll(/\\([nt\\])/g, (_, letter) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\'));

/** Whether a command is installed: `command -v`, `which`, `type`, `hash`. */
const lookup: Builtin = (args, shell) => {
  const [name] = operandsOf(args);
  if (name === undefined || !isKnown(args)) return unknown(args, shell);
  const answer = hasCommand(shell.state, name);
  if (answer === true) print(shell, shell.out, `/usr/bin/${name}\n`);
  if (answer === undefined) shell.out.known = false;
  return answer;
};

/** A query of one package. The other forms of `rpm` and `dpkg` are unknown. */
const query =
  (command: string, form: RegExp): Builtin =>
  (args, shell) => {
    const { state } = shell;
    const [name, ...others] = operandsOf(args);
    const flags = textsOf(args).filter((text) => text.startsWith('-'));
    const isQuery = form.test(flags[0] ?? '') && others.length === 0 && isKnown(args);
    if (name === undefined || !isQuery) return unknown(args, shell);
    if (hasCommand(state, command) === false) return false;
    const answer = hasPackage(state, name);
    if (answer === true) print(shell, shell.out, `${name}-${state.packages.get(name)}\n`);
    if (answer === false) print(shell, shell.out, `package ${name} is not installed\n`);
    if (answer === undefined) shell.out.known = false;
    return answer;
  };

const systemctl: Builtin = (args, shell) => {
  const [verb, unit, ...others] = operandsOf(args);
  const ask = verb === 'is-enabled' ? isEnabled : verb === 'is-active' ? isActive : undefined;
  if (ask === undefined || unit === undefined || others.length > 0 || !isKnown(args)) return undefined;
  const answer = ask(shell.state, unit.replace(/\.service$/, ''));
  const isQuiet = textsOf(args).some((text) => text === '--quiet' || text === '-q');
  const words = verb === 'is-enabled' ? ['enabled', 'disabled'] : ['active', 'inactive'];
  if (answer === undefined) shell.out.known = false;
  else if (!isQuiet) print(shell, shell.out, `${words[answer ? 0 : 1]}\n`);
  return answer;
};

const search: Builtin = (args, shell) => {
  const { printed, known } = find(shell.state, textsOf(args));
  print(shell, shell.out, printed.map((path) => `${path}\n`).join(''), known && isKnown(args));
  return known && isKnown(args) ? true : undefined;
};

/** Whether the input has a line that is not empty: `grep .`. The guest knows no other patterns. */
const grep: Builtin = (args, shell) => {
  const [pattern, ...files] = operandsOf(args);
  const flags = textsOf(args).filter((text) => text.startsWith('-'));
  const isKnownForm = pattern === '.' && files.length === 0 && flags.every((flag) => flag === '-q');
  if (!isKnownForm || !shell.input.known) return unknown(args, shell);
  const found = linesOf(shell.input).filter((line) => line !== '');
  if (flags.length === 0) print(shell, shell.out, found.map((line) => `${line}\n`).join(''));
  return found.length > 0;
};

/** A command that passes its input on. */
const filter =
  (change: (lines: string[], args: readonly string[]) => string[]): Builtin =>
  (args, shell) => {
    const lines = change(linesOf(shell.input), textsOf(args));
    print(shell, shell.out, lines.map((line) => `${line}\n`).join(''), shell.input.known);
    return shell.input.known ? true : undefined;
  };

const linesOf = ({ text }: Stream) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

const cat: Builtin = (args, shell) =>
  operandsOf(args).length > 0 ? unknown(args, shell) : filter((lines) => lines)(args, shell);

const head = filter((lines, args) => lines.slice(0, Number(/\d+/.exec(args.join(' '))?.[0] ?? 10)));

const count: Builtin = (args, shell) =>
  textsOf(args).join(' ') === '-l'
    ? filter((lines) => [String(lines.length)])(args, shell)
    : unknown(args, shell);

/** Reads one line of the input into one variable. */
const read: Builtin = (args, { input, env, certain }) => {
  const [name = 'REPLY'] = operandsOf(args);
  env.variables.delete(name);
  if (!input.known || !certain) return undefined;
  const [line, ...rest] = linesOf(input);
  input.text = rest.map((one) => `${one}\n`).join('');
  env.variables.set(name, line?.trim() ?? '');
  return line !== undefined;
};

const set: Builtin = (args, { env, certain }) => {
  const text = textsOf(args).join(' ');
  const options = /^(?<sign>[-+])(\w*e\w*|o errexit\b|\w*o pipefail -e)/.exec(text);
  if (options !== null && certain) env.errexit = options.groups?.sign === '-';
  return true;
};

const jump =
  (to: 'break' | 'continue' | 'return'): Builtin =>
  ([code], { env, certain }) => {
    if (!certain) return undefined;
    env.jump = to;
    if (code === undefined) return to === 'return' ? env.last : true;
    return code.known ? code.text === '0' : undefined;
  };

const unknown: Builtin = (_args, { out }) => {
  out.known = false;
  return undefined;
};

/** The commands whose status or output the guest may know. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ':': succeeds,
  true: succeeds,
  false: () => false,
  test: (args, { state }) => tested(args, state),
  '[': (args, { state }) => tested(args.slice(0, -1), state),
  echo,
  printf,
  command: lookup,
  which: lookup,
  type: lookup,
  hash: lookup,
  rpm: query('rpm', /^(-q|--query)$/),
  dpkg: query('dpkg', /^(-s|--status)$/),
  'dpkg-query': query('dpkg', /^(-s|-W|--status|--show)$/),
  systemctl,
  find: search,
  grep,
  cat,
  tee: filter((lines) => lines),
  sort: filter((lines) => lines.sort()),
  head,
  wc: count,
  read,
  set,
  export: succeeds,
  local: succeeds,
  readonly: succeeds,
  return: jump('return'),
  break: jump('break'),
  continue: jump('continue'),
  ...Object.fromEntries(
    [
      'cd',
      'chmod',
      'chown',
      'cp',
      'exit',
      'ln',
      'mkdir',
      'mv',
      'rm',
      'sleep',
      'sync',
      'touch',
      'trap',
      'truncate',
      'unset',
    ].map((name) => [name, quiet]),
  ),
};
