import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { denied, invalid, notFound } from './refusals.ts';

/** The only version that there is: functions come from a deployment, and none is published. */
export const latest = '$LATEST';

export interface Asked {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** A function as a request names it. */
export interface Named {
  readonly arn: string;
  readonly account: string;
  /** As it was given; `undefined`: the function itself. */
  readonly qualifier: string | undefined;
}

export const functionArn = ({ account, region }: { account: string; region: string }, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;

/** Reads a name, a whole ARN or the end of one, each with or without a qualifier. */
export function readName(call: Call, { FunctionName = '', Qualifier }: Asked): Named {
  const [, region = call.region, account = call.account, name = '', own] =
    /^(?:arn:[\w-]+:lambda:)?(?:([a-z-]+-\d):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(.+))?$/.exec(
      FunctionName,
    ) ?? [];
  // Texts here and in `findFunction`: localstack/localstack, recorded answers of AWS (test_lambda_api).
  if (region !== call.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${call.region}')`);
  }
  if (own !== undefined && Qualifier !== undefined && own !== Qualifier) {
    throw invalid('The derived qualifier from the function name does not match the specified qualifier.');
  }
  return { arn: functionArn({ account, region }, name), account, qualifier: own ?? Qualifier };
}

export const isKnown = ({ functions }: World, { arn, qualifier = latest }: Named): boolean =>
  functions.has(arn) && qualifier === latest;

export const unknown = ({ arn, qualifier }: Named) =>
  notFound(`Function not found: ${arn}${qualifier === undefined ? '' : `:${qualifier}`}`);

/** The function of the caller's account that a request names. */
export function findFunction(call: Call, asked: Asked, action: string): Named {
  const named = readName(call, asked);
  if (named.account !== call.account) throw denied(call, `lambda:${action}`, named.arn);
  if (!isKnown(call.world, named)) throw unknown(named);
  return named;
}
