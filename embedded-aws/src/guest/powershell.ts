import { exists, isEnabled } from './answers.ts';
import { apply, withDirectories } from './lines.ts';
import { hasEnded, type Known, not, type State } from './state.ts';
import { wordsOf } from './words.ts';

/** A statement, or a keyword with its condition and its block. */
type Node = string | { readonly head: string; readonly body: readonly Node[] };

interface Scope {
  readonly state: State;
  readonly variables: Map<string, string>;
  readonly functions: Map<string, readonly Node[]>;
  readonly certain: boolean;
  /** A `throw` that no `catch` has caught yet. */
  thrown: boolean;
}

/** Applies a PowerShell script to a guest. Returns the exit code of the script. */
export function runPowerShell(state: State, script: string): number {
  const scope: Scope = {
    state,
    variables: new Map(),
    functions: new Map(),
    certain: true,
    thrown: false,
  };
  runAll(nodesOf(script), scope);
  return state.exitCode ?? (scope.thrown ? 1 : 0);
}

function runAll(nodes: readonly Node[], scope: Scope): void {
  // Whether an earlier branch of the same `if` runs.
  let taken: Known = true;
  for (const node of nodes) {
    if (hasEnded(scope.state) || (scope.thrown && !isHandler(node))) continue;
    if (typeof node === 'string') {
      runStatement(node, scope);
      continue;
    }
    const { head, body } = node;
    const keyword = /^\w+/.exec(head)?.[0].toLowerCase();
    switch (keyword) {
      case 'if':
        taken = runBranch(answerTo(head, scope), body, scope);
        break;
      case 'elseif':
      case 'else': {
        if (taken === true) break;
        const answer = keyword === 'else' ? true : answerTo(head, scope);
        const ran = runBranch(taken === undefined && answer !== false ? undefined : answer, body, scope);
        taken = ran === false ? taken : ran;
        break;
      }
      case 'try':
        runAll(body, scope);
        break;
      case 'catch':
        if (!scope.thrown) break;
        scope.thrown = false;
        runAll(body, scope);
        break;
      case 'finally': {
        const { thrown } = scope;
        scope.thrown = false;
        runAll(body, scope);
        scope.thrown ||= thrown;
        break;
      }
      case 'function':
        scope.functions.set((/^function\s+([\w-]+)/i.exec(head)?.[1] ?? '').toLowerCase(), body);
        break;
      default:
        runAll(body, { ...scope, certain: false });
    }
  }
}

const isHandler = (node: Node) => typeof node !== 'string' && /^(catch|finally)\b/i.test(node.head);

/** Runs a branch if its condition is true, or unknown. Returns the answer. */
function runBranch(answer: Known, body: readonly Node[], scope: Scope): Known {
  if (answer === true) runAll(body, scope);
  if (answer === undefined) runAll(body, { ...scope, certain: false });
  return answer;
}

function runStatement(statement: string, scope: Scope): void {
  const { state, certain, variables, functions } = scope;
  const [, name, value] = /^\$(\w+)\s*=\s*(.*)$/s.exec(statement) ?? [];
  if (name !== undefined) {
    const literal = /^'([^']*)'$|^"([^"$`]*)"$/.exec(value ?? '');
    if (literal && certain) variables.set(name.toLowerCase(), literal[1] ?? literal[2] ?? '');
    else variables.delete(name.toLowerCase());
  }
  const text = withVariables(statement, variables);
  const called = /^[\w-]+/.exec(text)?.[0].toLowerCase() ?? '';
  const own = functions.get(called);
  if (own !== undefined) {
    // A function that calls itself has no further effect.
    functions.delete(called);
    runAll(own, scope);
    functions.set(called, own);
    return;
  }
  apply(state, { text, words: wordsOf(text), conditional: !certain });
  if (!certain) return;
  const [, command, printed = ''] =
    /^(Write-Output|Write-Host|echo|Write-Error|throw)\b\s*(?:-(?:Object|InputObject|Message)\s+)?(.*)$/is.exec(
      text,
    ) ?? [];
  if (command === undefined) return;
  const line = `${printed.replace(/^(["'])(.*)\1$/s, '$2')}\n`;
  if (/^(Write-Error|throw)$/i.test(command)) state.err.text += line;
  else state.out.text += line;
  if (/^throw$/i.test(command)) scope.thrown = true;
}

/** A statement with the values of the known variables. Variables in single quotes are text. */
function withVariables(statement: string, variables: Scope['variables']): string {
  return statement.replaceAll(/'[^']*'|\$\{?(\w+)\}?(?!\s*=[^=])/g, (found, name) =>
    name === undefined ? found : (variables.get(name.toLowerCase()) ?? found),
  );
}

/** The answer to the condition in `if (…)`. */
function answerTo(head: string, { state, variables }: Scope): Known {
  const condition = head.replace(/^\w+\s*/, '');
  return answer(withDirectories(withVariables(condition, variables)), state);
}

function answer(condition: string, state: State): Known {
  const text = condition.trim();
  const inner = insideOf(text);
  if (inner !== undefined) return answer(inner, state);
  const negated = /^(?:-not\b|!)\s*(.*)$/is.exec(text)?.[1];
  if (negated !== undefined) return not(answer(negated, state));
  if (/^\$(true|false)$/i.test(text)) return /true/i.test(text);
  const path = /^Test-Path\s+(?:-(?:Literal)?Path\s+)?("[^"]*"|'[^']*'|[^\s$]+)$/i.exec(text)?.[1];
  if (path !== undefined && !path.includes('$')) return exists(state, path.replaceAll(/["']/g, ''));
  const service =
    /^(\()?Get-Service\s+(?:-Name\s+)?["']?([\w -]+?)["']?(?:\s+-ErrorAction\s+\w+)?(?:\)\.Status\s+-(eq|ne)\s+["']Running["'])?$/i.exec(
      text,
    );
  if (service === null) return undefined;
  const isEqual = service[3]?.toLowerCase() !== 'ne';
  const known = isEnabled(state, service[2] ?? '');
  return isEqual ? known : not(known);
}

/** What is in the parentheses around a whole text. */
function insideOf(text: string): string | undefined {
  if (!text.startsWith('(') || !text.endsWith(')')) return undefined;
  let depth = 0;
  for (const [index, character] of [...text].entries()) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth === 0 && index < text.length - 1) return undefined;
  }
  return text.slice(1, -1);
}

const keywords =
  /^(if|elseif|else|foreach|for|while|do|switch|try|catch|finally|function|begin|process|end|trap|param)\b/i;

/**
 * The statements of a script, in order. Pipelines and lists are split. Comments and here-strings are left out. A
 * block that does not belong to a keyword, such as the block of ForEach-Object, stays in the text of its statement.
 */
export function nodesOf(script: string): Node[] {
  let index = 0;
  const block = (): Node[] => {
    const nodes: Node[] = [];
    let text = '';
    let depth = 0;
    const end = () => {
      if (text.trim() !== '') nodes.push(text.trim());
      text = '';
    };
    while (index < script.length) {
      const character = script.charAt(index);
      const rest = script.slice(index, index + 2);
      if (rest === '<#') {
        const close = script.indexOf('#>', index);
        index = close === -1 ? script.length : close + 2;
        continue;
      }
      if (/^@["']$/.test(rest) && /^@["'][ \t]*\r?\n/.test(script.slice(index, index + 40))) {
        const close = script.indexOf(`\n${script.charAt(index + 1)}@`, index);
        index = close === -1 ? script.length : close + 3;
        continue;
      }
      index += 1;
      if (character === '"' || character === "'") {
        const close = closingQuote(script, index, character);
        text += script.slice(index - 1, close);
        index = close;
      } else if (character === '`') {
        const isContinuation = /^\r?\n/.test(script.slice(index, index + 2));
        text += isContinuation ? ' ' : `${character}${script.charAt(index)}`;
        index += isContinuation ? script.slice(index).indexOf('\n') + 1 : 1;
      } else if (character === '#' && /(^|\s)$/.test(text)) {
        while (index < script.length && script.charAt(index) !== '\n') index += 1;
      } else if (character === '{' && depth === 0 && keywords.test(text.trim())) {
        const head = text.trim();
        text = '';
        nodes.push({ head, body: block() });
      } else if (character === '}' && depth === 0) {
        end();
        return nodes;
      } else if (depth === 0 && /[\n;|&]/.test(character) && rest !== '& ') {
        end();
      } else {
        if (/[({]/.test(character)) depth += 1;
        if (/[)}]/.test(character)) depth = Math.max(0, depth - 1);
        text += character;
      }
    }
    end();
    return nodes;
  };
  const nodes: Node[] = [];
  while (index < script.length) nodes.push(...block());
  return nodes;
}

function closingQuote(script: string, from: number, quote: string): number {
  for (let index = from; index < script.length; index++) {
    if (quote === '"' && script.charAt(index) === '`') index += 1;
    else if (script.charAt(index) === quote) return index + 1;
  }
  return script.length;
}
