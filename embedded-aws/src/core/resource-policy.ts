/**
 * Policies of resources (queues, topics): who may do what with them from elsewhere. What the embedded AWS cannot weigh is refused
 * by name when a policy is set, so that none is ever half understood.
 */
import { notEmulated } from './errors.ts';
import { isDeeperThan, jsonLevelsMax } from './nesting.ts';
import type { Call } from './service.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Who wants to do what: an account, or a service of AWS on behalf of a resource. */
export interface Asked {
  /** Of who asks: of the caller, or of the resource that a service acts for. */
  readonly account: string;
  /** `events.amazonaws.com`; absent: the account itself asks. */
  readonly service?: string;
  /** ARN of the resource that a service acts for. */
  readonly sourceArn?: string;
  /** With the service's prefix, in any case: `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a text is no policy; `undefined`: it is one, and can be weighed here. */
export function problemOf(text: string): string | undefined {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return 'it is not valid JSON';
  }
  if (!isObject(policy) || policy.Statement === undefined) return 'it has no Statement';
  if (isDeeperThan(policy, jsonLevelsMax)) return 'it is nested too deeply';
  for (const statement of [policy.Statement].flat()) {
    if (!isObject(statement)) return 'a Statement is no object';
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
      return 'Effect is neither Allow nor Deny';
    for (const name of ['NotPrincipal', 'NotAction', 'NotResource']) {
      if (statement[name] !== undefined) throw notEmulated(`a statement with ${name} in a policy`);
    }
    const missing = ['Principal', 'Action', 'Resource'].find((name) => statement[name] === undefined);
    if (missing !== undefined) return `${missing} is missing`;
    checkConditions(statement.Condition);
  }
  return undefined;
}

function checkConditions(condition: unknown): void {
  if (condition === undefined) return;
  for (const [operator, tests] of Object.entries(isObject(condition) ? condition : {})) {
    if (!Object.hasOwn(operators, operator)) throw notEmulated(`the condition ${operator} in a policy`);
    for (const key of Object.keys(isObject(tests) ? tests : {})) {
      if (!Object.hasOwn(contextKeys, key.toLowerCase())) {
        throw notEmulated(`the condition key ${key} in a policy`);
      }
    }
  }
}

export interface Guarded {
  readonly arn: string;
  readonly owner: string;
  readonly policy: string | undefined;
}

/**
 * Why somebody may not do something with a resource; `undefined`: they may. The owner may do what the policy does not deny; another account,
 * and a service that sends for a resource, what it allows.
 */
export function hindrance(
  { account, sender }: Pick<Call, 'account' | 'sender'>,
  { arn, owner, policy }: Guarded,
  action: string,
): string | undefined {
  const said = weigh(policy, { account, ...sender, action, resource: arn });
  if (said === 'denied') return 'with an explicit deny in a resource-based policy';
  const isOwn = sender === undefined && account === owner;
  return isOwn || said === 'allowed' ? undefined : noPolicyAllows(action);
}

export const noPolicyAllows = (action: string) =>
  `because no resource-based policy allows the ${action} action`;

/** What a policy says of it: a `Deny` outweighs every `Allow`; `nothing`: no statement is about it. */
export function weigh(text: string | undefined, asked: Asked): 'allowed' | 'denied' | 'nothing' {
  const { Statement: statements }: { Statement: Statement | Statement[] } =
    text === undefined ? { Statement: [] } : JSON.parse(text);
  const about = [statements].flat().filter((statement) => isAbout(statement, asked));
  if (about.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return about.length > 0 ? 'allowed' : 'nothing';
}

function isAbout({ Principal, Action, Resource, Condition = {} }: Statement, asked: Asked): boolean {
  return (
    isNamed(Principal, asked) &&
    listOf(Action).some((action) => isLike(asked.action.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((resource) => isLike(asked.resource, resource)) &&
    Object.entries(Condition).every(([operator, tests]) =>
      Object.entries(tests).every(([key, values]) => {
        const value = contextKeys[key.toLowerCase()]?.(asked);
        return operators[operator]?.(value, listOf(values)) ?? false;
      }),
    )
  );
}

function isNamed(principal: unknown, { account, service }: Asked): boolean {
  if (principal === '*') return true;
  if (!isObject(principal)) return false;
  if (service !== undefined) return listOf(principal.Service).includes(service);
  // Who calls is known by the account alone: a role or user of it stands for all of them.
  return listOf(principal.AWS).some(
    (name) => name === '*' || name === account || name.startsWith(`arn:aws:iam::${account}:`),
  );
}

const listOf = (value: unknown): string[] =>
  value === undefined || value === null ? [] : [value].flat().map(String);

/** `*` stands for any characters, `?` for one. */
function isLike(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

type Operator = (value: string | undefined, wanted: readonly string[]) => boolean;

const like: Operator = (value, wanted) => value !== undefined && wanted.some((one) => isLike(value, one));
const equal: Operator = (value, wanted) => value !== undefined && wanted.includes(value);

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: equal,
  StringNotEquals: (value, wanted) => !equal(value, wanted),
  StringLike: like,
  StringNotLike: (value, wanted) => !like(value, wanted),
  ArnEquals: like,
  ArnNotEquals: (value, wanted) => !like(value, wanted),
  ArnLike: like,
  ArnNotLike: (value, wanted) => !like(value, wanted),
  Bool: (value, wanted) => wanted.some((one) => one.toLowerCase() === value),
};

const contextKeys: Readonly<Record<string, (asked: Asked) => string | undefined>> = {
  'aws:sourcearn': ({ sourceArn }) => sourceArn,
  'aws:sourceaccount': ({ service, account }) => (service === undefined ? undefined : account),
  'aws:sourceowner': ({ account }) => account,
  'aws:principalaccount': ({ service, account }) => (service === undefined ? account : undefined),
  // Whoever calls is taken to have called over TLS.
  'aws:securetransport': () => 'true',
};
