/** What is known about a question. `perhaps`: the answer depends on something that is not known. */
export type Answer = 'yes' | 'perhaps' | 'no';

/** The answer if every one of several conditions is necessary. */
export const every = (answers: readonly Answer[]): Answer => {
  if (answers.includes('no')) return 'no';
  return answers.includes('perhaps') ? 'perhaps' : 'yes';
};

/** The answer if one of several conditions is enough. */
export const some = (answers: readonly Answer[]): Answer => {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('perhaps') ? 'perhaps' : 'no';
};

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Condition?: Conditions;
}

/**
 * What is known about a call, by condition key in lower case. `null`: the call does not have this key. A function: only a part of the value
 * is known, and the function says whether the value matches a pattern. A key that is missing is not known.
 */
export type CallContext = Readonly<Record<string, string | null | ((pattern: string) => Answer)>>;

/** The statements of a policy that are about an action. */
export function statementsAbout(policy: string, action: string): Statement[] {
  const { Statement: statements } = JSON.parse(policy) as { Statement?: unknown };
  return listOf(statements)
    .map((one) => one as Statement)
    .filter((statement) => isAbout(statement, action));
}

function isAbout({ Action, NotAction }: Statement, action: string): boolean {
  const isAmong = (patterns: unknown) =>
    listOf(patterns).some((pattern) => matches(action.toLowerCase(), String(pattern).toLowerCase()));
  return Action === undefined ? !isAmong(NotAction) : isAmong(Action);
}

/** The principals of AWS that a statement names, as in the policy; `['*']` for all. */
export const principalsOf = ({ Principal }: Statement): string[] =>
  Principal === '*' ? ['*'] : listOf((Principal as { AWS?: unknown } | undefined)?.AWS).map(String);

type Test = (value: string, wanted: string) => boolean;
const tests: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => matches(value, wanted),
  Bool: (value, wanted) => value === wanted.toLowerCase(),
};

/** Whether a call meets all conditions of a statement. An operator that this function does not know may be met. */
export function meets({ Condition = {} }: Statement, context: CallContext): Answer {
  return every(
    Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, wanted]) => passes(operator, context[key.toLowerCase()], wanted)),
    ),
  );
}

function passes(operator: string, value: CallContext[string] | undefined, wanted: unknown): Answer {
  const [, quantifier, base = '', not = '', rest = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(String|Bool)(Not)?(\w*?)(IfExists)?$/.exec(operator) ?? [];
  const test = Object.hasOwn(tests, base + rest) ? tests[base + rest] : undefined;
  if (test === undefined || value === undefined) return 'perhaps';
  if (value === null) {
    const passesWithout = not !== '' || ifExists !== undefined || quantifier === 'ForAllValues';
    return passesWithout ? 'yes' : 'no';
  }
  const answers = listOf(wanted).map((one) => {
    if (typeof value !== 'function') return test(value, String(one)) ? 'yes' : 'no';
    return rest === 'Like' ? value(String(one)) : 'perhaps';
  });
  return not === '' ? some(answers) : opposite[some(answers)];
}

const opposite: Readonly<Record<Answer, Answer>> = { yes: 'no', perhaps: 'perhaps', no: 'yes' };

/** Whether a value matches a pattern with `*` and `?`. */
export const matches = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(value);

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
