import {
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  parse,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type TestExpression,
  type Word,
} from 'unbash';
import { apply, empties, write } from './lines.ts';
import { builtins, testBinary, testUnary } from './sh-commands.ts';
import type { Shell } from './sh-state.ts';
import { type Field, fieldsOf, type Scope, textOf } from './sh-words.ts';
import { hasEnded, type Known, not, type State, type Stream } from './state.ts';
import { globOf, wordsOf } from './words.ts';

const COMMANDS_MAX = 10_000;

/** Applies a script for `sh` to a guest. Returns the exit code of the script. */
export function runSh(state: State, script: string): number {
  const shell: Shell = {
    state,
    env: { variables: new Map(), functions: new Map(), errexit: false, last: true, substituted: true },
    parameters: [],
    certain: true,
    tested: false,
    out: state.out,
    err: state.err,
    input: unknownStream(),
    callers: [],
    budget: { left: COMMANDS_MAX },
  };
  runAll(parse(script.replaceAll('\r\n', '\n')).commands, shell);
  return state.exitCode ?? codeOf(shell.env.last);
}

const codeOf = (status: Known) => (status === false ? 1 : 0);

const emptyStream = (): Stream => ({ text: '', known: true });
const unknownStream = (): Stream => ({ text: '', known: false });

const isOver = ({ state, env }: Shell) => hasEnded(state) || env.jump !== undefined;

function runAll(statements: readonly Statement[], shell: Shell): Known {
  let status: Known = true;
  for (const { command } of statements) {
    if (isOver(shell)) return status;
    status = run(command, shell);
    shell.env.last = status;
  }
  return status;
}

const runList = ({ commands }: CompoundList, shell: Shell): Known => runAll(commands, shell);

function run(node: SyntaxNode, shell: Shell): Known {
  switch (node.type) {
    case 'Command':
      return checked(runCommand(node, shell), shell);
    case 'Pipeline':
      return runPipeline(node.commands, node.prefixes, shell);
    case 'AndOr': {
      const [first, ...others] = node.commands;
      let status = first && run(first, others.length > 0 ? { ...shell, tested: true } : shell);
      for (const [index, command] of others.entries()) {
        if (isOver(shell)) break;
        if (node.operators[index] === '&&' ? status === false : status !== false) continue;
        const isLast = index === others.length - 1;
        const right = run(command, isLast ? shell : { ...shell, tested: true });
        // A command whose status is unknown counts as a success.
        status = status === undefined && right !== false ? undefined : right;
      }
      return status;
    }
    case 'If': {
      const branches = [node, ...node.elif];
      let branch = shell;
      for (const { clause, then } of branches) {
        const condition = runList(clause, { ...branch, tested: true });
        if (isOver(shell)) return undefined;
        if (condition === true) {
          const status = runList(then, branch);
          return branch.certain === shell.certain ? status : undefined;
        }
        if (condition === undefined) {
          branch = unsure(branch);
          runList(then, branch);
        }
      }
      const status = node.else === undefined ? true : runList(node.else, branch);
      return branch.certain === shell.certain ? status : undefined;
    }
    case 'For':
    case 'Select': {
      const fields =
        node.wordlist === undefined
          ? shell.parameters.map((text) => ({ text, known: true }))
          : node.wordlist.flatMap((word) => fieldsOf(word, scopeOf(shell)));
      const isKnown = node.type === 'For' && fields.every(({ known }) => known);
      if (!isKnown) {
        shell.env.variables.delete(node.name.value);
        runList(node.body, unsure(shell));
        return undefined;
      }
      let status: Known = true;
      for (const { text } of fields) {
        assign(node.name.value, text, shell);
        status = runList(node.body, shell);
        if (isOver(shell) && endsLoop(shell)) break;
      }
      return status;
    }
    case 'While':
      return runWhile(node.clause, node.body, node.kind === 'until', shell);
    case 'ArithmeticFor':
      runList(node.body, unsure(shell));
      return undefined;
    case 'Case': {
      const word = textOf(node.word, scopeOf(shell));
      for (const { pattern, body } of node.items) {
        if (word === undefined) runList(body, unsure(shell));
        else if (pattern.some((one) => matches(word, one, shell))) return runList(body, shell);
      }
      return word === undefined ? undefined : true;
    }
    case 'Subshell':
      return checked(
        inSubshell(shell, (inner) => runList(node.body, inner)),
        shell,
      );
    case 'BraceGroup':
      return runList(node.body, shell);
    case 'CompoundList':
      return runList(node, shell);
    case 'Redirected':
      return run(node.command, redirected(node.redirects, shell, true));
    case 'Function':
      shell.env.functions.set(node.name.value, node.body);
      return true;
    case 'TestCommand':
      return checked(test(node.expression, shell), shell);
    default:
      return undefined;
  }
}

/** `set -e` ends the script after a command that certainly fails. */
function checked(status: Known, { state, env, certain, tested }: Shell): Known {
  if (status === false && certain && !tested && env.errexit) state.exitCode ??= 1;
  return status;
}

/** The shell inside a condition whose answer is unknown. */
const unsure = (shell: Shell): Shell => ({ ...shell, certain: false });

/** Runs a part of a script in a subshell, which an `exit` ends, and whose variables are lost. */
function inSubshell(shell: Shell, body: (inner: Shell) => Known): Known {
  const { state, env } = shell;
  const copied = { ...env, variables: new Map(env.variables), functions: new Map(env.functions) };
  const status = body({ ...shell, env: copied });
  if (state.exitCode === undefined) return status;
  const isSuccess = state.exitCode === 0;
  delete state.exitCode;
  return isSuccess;
}

function runPipeline(
  commands: readonly CommandNode[],
  prefixes: readonly { type: string }[],
  shell: Shell,
): Known {
  const negations = prefixes.filter(({ type }) => type === 'Negation').length;
  const inner = negations > 0 ? { ...shell, tested: true } : shell;
  let status: Known;
  let { input } = inner;
  for (const [index, command] of commands.entries()) {
    const isLast = index === commands.length - 1;
    const out = isLast ? inner.out : emptyStream();
    const place = { ...inner, input, out, tested: inner.tested || commands.length > 1 };
    status =
      commands.length === 1 ? run(command, place) : inSubshell(place, (subshell) => run(command, subshell));
    input = out;
  }
  // `set -e` ignores a negated command.
  if (negations === 0) return checked(status, shell);
  return negations % 2 === 1 ? not(status) : status;
}

/** A loop whose condition stays true runs its body once, as if it were uncertain. A loop over known input runs. */
function runWhile(clause: CompoundList, body: CompoundList, until: boolean, shell: Shell): Known {
  while (shell.budget.left > 0) {
    const before = shell.input.text;
    const condition = runList(clause, { ...shell, tested: true });
    const goes = until ? not(condition) : condition;
    if (isOver(shell) || goes === false) return true;
    const reads = goes === true && shell.input.known && shell.input.text !== before;
    runList(body, reads ? shell : unsure(shell));
    if (!reads) return undefined;
    if (isOver(shell) && endsLoop(shell)) return undefined;
  }
  return undefined;
}

/** Whether a jump or an end leaves the loop. */
function endsLoop({ state, env }: Shell): boolean {
  if (hasEnded(state) || env.jump === 'return') return true;
  const isBreak = env.jump === 'break';
  delete env.jump;
  return isBreak;
}

function matches(word: string, pattern: Word, shell: Shell): boolean {
  const text = textOf(pattern, scopeOf(shell));
  const isPattern = pattern.parts?.some(({ type }) => type === 'Glob') === true;
  if (text === undefined) return false;
  return isPattern ? globOf(text, { slashes: true, hidden: true }).test(word) : text === word;
}

function test(expression: TestExpression, shell: Shell): Known {
  const scope = scopeOf(shell);
  switch (expression.type) {
    case 'TestUnary':
      return testUnary(shell.state, expression.operator, textOf(expression.operand, scope));
    case 'TestBinary':
      return testBinary(textOf(expression.left, scope), expression.operator, textOf(expression.right, scope));
    case 'TestNot':
      return expression.negations.length % 2 === 1
        ? not(test(expression.operand, shell))
        : test(expression.operand, shell);
    case 'TestGroup':
      return test(expression.expression, shell);
    case 'TestLogical': {
      const decisive = expression.operator === '||';
      const answers = expression.operands.map((operand) => test(operand, shell));
      if (answers.includes(decisive)) return decisive;
      return answers.includes(undefined) ? undefined : !decisive;
    }
  }
}

function scopeOf(shell: Shell): Scope {
  const { state, env, parameters } = shell;
  return {
    files: state.files,
    parameters,
    value: (name) => {
      if (/^[1-9]$/.test(name)) return parameters[Number(name) - 1] ?? '';
      if (name === '@' || name === '*') return parameters.join(' ');
      if (name === '#') return String(parameters.length);
      if (name === '?') return env.last === undefined ? undefined : String(codeOf(env.last));
      return env.variables.get(name);
    },
    output: (script) => outputOf(script, shell),
  };
}

/** What a command substitution prints; `undefined`: unknown. */
function outputOf(script: ParsedScript, shell: Shell): string | undefined {
  const out = emptyStream();
  const inner = { ...shell, out, tested: true };
  shell.env.substituted = inSubshell(inner, (subshell) => runAll(script.commands, subshell));
  return out.known ? out.text : undefined;
}

/** A variable that may or may not have been assigned is unknown. */
function assign(name: string, value: string | undefined, { env, certain }: Shell): void {
  if (value === undefined || !certain) env.variables.delete(name);
  else env.variables.set(name, value);
}

function assignAll(assignments: readonly Assignment[], shell: Shell): void {
  for (const { name, value, append, index } of assignments) {
    const isPlain = value.type === 'Word' && !append && index === undefined;
    assign(name, isPlain ? textOf(value, scopeOf(shell)) : undefined, shell);
  }
}

const isAssignment = (node: { type: string }): node is Assignment => node.type === 'Assignment';

function runCommand(node: Command, shell: Shell): Known {
  shell.budget.left -= 1;
  if (shell.budget.left < 0) return undefined;
  shell.env.substituted = true;
  const scope = scopeOf(shell);
  const fields = [node.name, ...node.args].flatMap((word): Field[] => {
    if (word === undefined) return [];
    if (word.type === 'Word') return fieldsOf(word, scope);
    return [{ text: word.text, quoted: false, known: false }];
  });
  while (isPrefix(fields)) {
    fields.shift();
    while (/^(-|[A-Z_]+=)/.test(fields[0]?.text ?? '')) fields.shift();
  }
  assignAll(fields.length === 0 ? node.prefix.filter(isAssignment) : node.args.filter(isAssignment), shell);
  const [name, ...args] = fields;
  const own = name === undefined ? undefined : shell.env.functions.get(name.text);
  const command = commandText(fields, node.redirects, shell);
  const inner = redirected(node.redirects, shell, !empties.test(command));
  if (own !== undefined) return call(own, args, inner);
  const words = fields.filter(({ known }) => known);
  const text = name?.text === 'exit' ? `exit ${exitCodeOf(args, shell)}` : command;
  apply(shell.state, { text, words, conditional: !shell.certain });
  // An assignment has the status of its command substitution.
  if (name === undefined) return shell.env.substituted;
  const builtin = builtins[name.text];
  const status = builtin?.(args, inner);
  // What an unknown command prints is unknown.
  if (builtin === undefined) inner.out.known = false;
  return status;
}

/** Whether the first word only says how the rest runs. `command -v` is a command of its own. */
const isPrefix = ([first, second]: readonly Field[]) =>
  /^(sudo|env|exec)$/.test(first?.text ?? '') || (first?.text === 'command' && !second?.text.startsWith('-'));

/** A command as one text, for the table of lines: words without quotes, and redirections to files. */
function commandText(fields: readonly Field[], redirects: readonly Redirection[], shell: Shell): string {
  const targets = redirects.flatMap((redirect) => {
    if (redirect.type !== 'Redirect' || redirect.target === undefined) return [];
    const descriptor = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : '';
    const target = textOf(redirect.target, scopeOf(shell)) ?? redirect.target.text;
    return [`${descriptor}${redirect.operator} ${target}`];
  });
  return [...fields.map(({ text }) => text), ...targets].join(' ');
}

/** The argument of `exit`. An unknown code counts as a success. */
function exitCodeOf([code]: readonly Field[], { env }: Shell): string {
  if (code === undefined) return String(codeOf(env.last));
  return code.known ? code.text : '0';
}

function call(body: SyntaxNode, args: readonly Field[], shell: Shell): Known {
  // A function that calls itself has no further effect.
  if (shell.callers.includes(body)) return undefined;
  const parameters = args.map(({ text }) => text);
  const status = run(body, { ...shell, parameters, callers: [...shell.callers, body] });
  if (shell.env.jump !== 'return') return status;
  delete shell.env.jump;
  return shell.env.last;
}

/** The shell with its redirections. `writes`: whether the files of the redirections are written. */
function redirected(redirects: readonly Redirection[], shell: Shell, writes: boolean): Shell {
  let { out, err, input } = shell;
  for (const redirect of redirects) {
    if (redirect.type === 'HereDoc') {
      const { body, delimiter } = redirect;
      for (const line of body.text.split('\n').map((one) => one.trim())) {
        if (!line.startsWith('ExecStop=')) continue;
        apply(shell.state, { text: line, words: wordsOf(line), conditional: false });
      }
      input = { text: body.text, known: delimiter?.quoted === true || body.parts === undefined };
      continue;
    }
    const target = redirect.target && textOf(redirect.target, scopeOf(shell));
    if (redirect.type === 'HereString' || redirect.operator === '<' || target === undefined) {
      input = unknownStream();
      continue;
    }
    const { operator, descriptor } = redirect;
    const from = descriptor?.type === 'FileDescriptor' ? descriptor.value : 1;
    if (operator === '>&' && /^\d$/.test(target)) {
      if (from === 1 && target === '2') out = err;
      else if (from === 2 && target === '1') err = out;
      continue;
    }
    if (writes && target.startsWith('/')) write(shell.state, target);
    const file = emptyStream();
    if (from === 2) err = file;
    else out = file;
    if (operator.startsWith('&')) err = file;
  }
  return { ...shell, out, err, input };
}
