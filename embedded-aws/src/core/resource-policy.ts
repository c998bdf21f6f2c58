/**
 * Resource policies (queues, topics, functions): which other accounts and services may use the resource. A
 * call that sets a policy with an unsupported element fails with an error that names the element.
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

/** A request to evaluate: from an account, or from an AWS service on behalf of a resource. */
export interface PolicyRequest {
  /** The account of the caller, or of the resource that the service acts for. */
  readonly account: string;
  /** The calling service, such as `events.amazonaws.com`; absent: the account calls. */
  readonly service?: string;
  /** ARN of the resource that a service acts for. */
  readonly sourceArn?: string;
  /** With the service's prefix, in any case: `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a text is not a valid policy; `undefined` if it is valid and can be evaluated here. */
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
    if (!isObject(statement)) return 'a Statement is not an object';
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

export interface GuardedResource {
  readonly arn: string;
  readonly owner: string;
  readonly policy: string | undefined;
}

/**
 * Why an action on a resource is denied; `undefined` if it is allowed. The owner may do what the policy does not
 * deny. Another account, or a service that acts for a resource, may do what the policy allows.
 */
export function denialReason(
  { account, sender }: Pick<Call, 'account' | 'sender'>,
  { arn, owner, policy }: GuardedResource,
  action: string,
): string | undefined {
  const result = evaluatePolicy(policy, { account, ...sender, action, resource: arn });
  if (result === 'denied') return 'with an explicit deny in a resource-based policy';
  const isOwn = sender === undefined && account === owner;
  return isOwn || result === 'allowed' ? undefined : noPolicyAllows(action);
}

export const noPolicyAllows = (action: string) =>
  `because no resource-based policy allows the ${action} action`;

/** The result of a policy: a `Deny` outweighs every `Allow`. `nothing`: no statement applies. */
export function evaluatePolicy(
  text: string | undefined,
  request: PolicyRequest,
): 'allowed' | 'denied' | 'nothing' {
  const { Statement: statements }: { Statement: Statement | Statement[] } =
    text === undefined ? { Statement: [] } : JSON.parse(text);
  const applicable = [statements].flat().filter((statement) => applies(statement, request));
  if (applicable.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return applicable.length > 0 ? 'allowed' : 'nothing';
}

function applies(
  { Principal, Action, Resource, Condition = {} }: Statement,
  request: PolicyRequest,
): boolean {
  return (
    matchesPrincipal(Principal, request) &&
    listOf(Action).some((action) => isLike(request.action.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((resource) => isLike(request.resource, resource)) &&
    Object.entries(Condition).every(([operator, tests]) =>
      Object.entries(tests).every(([key, values]) => {
        const value = contextKeys[key.toLowerCase()]?.(request);
        return operators[operator]?.(value, listOf(values)) ?? false;
      }),
    )
  );
}

function matchesPrincipal(principal: unknown, { account, service }: PolicyRequest): boolean {
  if (principal === '*') return true;
  if (!isObject(principal)) return false;
  if (service !== undefined) return listOf(principal.Service).includes(service);
  // Only the caller's account is known, so the name of any role or user of that account matches.
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

const contextKeys: Readonly<Record<string, (request: PolicyRequest) => string | undefined>> = {
  'aws:sourcearn': ({ sourceArn }) => sourceArn,
  'aws:sourceaccount': ({ service, account }) => (service === undefined ? undefined : account),
  'aws:sourceowner': ({ account }) => account,
  'aws:principalaccount': ({ service, account }) => (service === undefined ? account : undefined),
  // All callers are assumed to use TLS.
  'aws:securetransport': () => 'true',
};
