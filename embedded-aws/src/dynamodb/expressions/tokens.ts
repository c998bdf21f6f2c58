import { invalidRequest } from '../refusals.ts';

/** Keywords and functions also have the kind `name`. The kind `end` is DynamoDB's `<EOF>`. */
export interface Token {
  readonly kind: 'name' | 'alias' | 'placeholder' | 'index' | 'symbol' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const shapes: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', /[A-Za-z][A-Za-z0-9_]*/y],
  ['alias', /#[A-Za-z0-9_]+/y],
  ['placeholder', /:[A-Za-z0-9_]+/y],
  ['index', /\d+/y],
  // Any other character is also a token. The parser refuses the token at its position.
  ['symbol', /<>|<=|>=|[\s\S]/y],
];

/** The maximum length of an expression in bytes (DynamoDB developer guide, Constraints). */
const bytesMax = 4096;
const operatorsMax = 300;

/** Reads an expression token by token. `what` is the parameter name for error messages. */
export class Reader {
  readonly what: string;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(what: string, source: string) {
    this.what = what;
    this.#source = source;
    if (source.trim() === '') throw this.refusal('The expression can not be empty;');
    const bytes = Buffer.byteLength(source);
    if (bytes > bytesMax) {
      throw this.refusal(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
    this.#tokens = tokensOf(source);
    const operators = this.#tokens.filter(isOperator).length;
    if (operators > operatorsMax) {
      throw this.refusal(`The expression contains too many operators; operator count: ${operators}`);
    }
  }

  get next(): Token {
    return this.#tokens[this.#position] as Token;
  }

  /** The current position. `backTo` returns to a position. */
  get position(): number {
    return this.#position;
  }

  backTo(position: number): void {
    this.#position = position;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#position++;
    return token;
  }

  isAt(symbol: string): boolean {
    return this.next.kind === 'symbol' && this.next.text === symbol;
  }

  isAtWord(...words: readonly string[]): boolean {
    return this.next.kind === 'name' && words.includes(this.next.text.toUpperCase());
  }

  skip(symbol: string): boolean {
    if (!this.isAt(symbol)) return false;
    this.take();
    return true;
  }

  skipWord(word: string): boolean {
    if (!this.isAtWord(word)) return false;
    this.take();
    return true;
  }

  expect(symbol: string): void {
    if (!this.skip(symbol)) throw this.syntaxError();
  }

  /**
   * The error for an unexpected next token. DynamoDB shows the token together with its neighbours.
   */
  syntaxError(): Error {
    const { text, start, end } = this.next;
    const before = this.#tokens[this.#position - 1];
    const after = this.#tokens[this.#position + 1];
    const near = this.#source.slice(before?.start ?? start, after?.end ?? end);
    return this.refusal(`Syntax error; token: "${text}", near: "${near}"`);
  }

  refusal(message: string): Error {
    return invalidRequest(`Invalid ${this.what}: ${message}`);
  }
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (/\s/.test(source.charAt(position))) position++;
    if (position >= source.length) break;
    for (const [kind, shape] of shapes) {
      shape.lastIndex = position;
      const text = shape.exec(source)?.[0];
      if (text === undefined) continue;
      tokens.push({ kind, text, start: position, end: position + text.length });
      position += text.length;
      break;
    }
  }
  const end = source.trimEnd().length;
  return [...tokens, { kind: 'end', text: '<EOF>', start: end, end }];
}

function isOperator({ kind, text }: Token): boolean {
  if (kind === 'symbol') return /^(?:<>|<=|>=|[=<>+-])$/.test(text);
  return kind === 'name' && /^(?:AND|OR|NOT|IN|BETWEEN)$/i.test(text);
}
