import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { denied, invalid, notFound } from './refusals.ts';

/** The only version: functions come from a deployment, and no versions are published. */
export const latest = '$LATEST';

export interface FunctionReference {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** The function that a request names. */
export interface ResolvedFunction {
  readonly arn: string;
  readonly account: string;
  /** The given qualifier; `undefined`: none. */
  readonly qualifier: string | undefined;
}

export const functionArn = ({ account, region }: { account: string; region: string }, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;

/** Reads a name, an ARN or a partial ARN, each with or without a qualifier. */
export function resolveFunction(
  call: Call,
  { FunctionName = '', Qualifier }: FunctionReference,
): ResolvedFunction {
  const [, region = call.region, account = call.account, name = '', own] =
    /^(?:arn:[\w-]+:lambda:)?(?:([a-z-]+-\d):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(.+))?$/.exec(
      FunctionName,
    ) ?? [];
  // Texts here and in `findFunction`: localstack/localstack, recorded responses of AWS (test_lambda_api).
  if (region !== call.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${call.region}')`);
  }
  if (own !== undefined && Qualifier !== undefined && own !== Qualifier) {
    throw invalid('The derived qualifier from the function name does not match the specified qualifier.');
  }
  return { arn: functionArn({ account, region }, name), account, qualifier: own ?? Qualifier };
}

export const isDeployed = ({ functions }: World, { arn, qualifier = latest }: ResolvedFunction): boolean =>
  functions.has(arn) && qualifier === latest;

export const functionNotFound = ({ arn, qualifier }: ResolvedFunction) =>
  notFound(`Function not found: ${arn}${qualifier === undefined ? '' : `:${qualifier}`}`);

/** The deployed function of the caller's account that a request names. */
export function findFunction(call: Call, reference: FunctionReference, action: string): ResolvedFunction {
  const resolved = resolveFunction(call, reference);
  if (resolved.account !== call.account) throw denied(call, `lambda:${action}`, resolved.arn);
  if (!isDeployed(call.world, resolved)) throw functionNotFound(resolved);
  return resolved;
}
