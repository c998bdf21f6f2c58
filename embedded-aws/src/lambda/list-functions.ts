import type { ListFunctionsCommandInput, ListFunctionsCommandOutput } from '@aws-sdk/client-lambda';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { configurationOf } from './configuration.ts';
import { functionArn, latest } from './names.ts';
import { invalid } from './refusals.ts';

/** The maximum number of functions in a page, even if a caller requests more. */
const pageMax = 50;

export const listFunctions: Operation<ListFunctionsCommandInput, ListFunctionsCommandOutput> = {
  kind: 'read',
  accepts: ['FunctionVersion', 'Marker', 'MaxItems'],
  run({ FunctionVersion, Marker, MaxItems = pageMax }, call) {
    check(
      { FunctionVersion, MaxItems },
      { FunctionVersion: { oneOf: ['ALL'] }, MaxItems: { range: [1, 10_000] } },
    );
    const from = Marker === undefined ? 0 : positionOf(Marker);
    if (from === undefined) throw invalid('Invalid pagination token.');
    const end = from + Math.min(MaxItems, pageMax);
    const own = [...call.world.functions]
      .filter(([arn]) => arn.startsWith(functionArn(call, '')))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    // If all versions are requested, each function has its version in the ARN.
    const qualifier = FunctionVersion === undefined ? undefined : latest;
    return {
      Functions: own.slice(from, end).map(([arn, deployed]) => configurationOf(arn, deployed, qualifier)),
      ...(end < own.length ? { NextMarker: tokenOf(end) } : {}),
    };
  },
};
