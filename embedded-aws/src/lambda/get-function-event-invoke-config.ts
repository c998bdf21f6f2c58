import type {
  GetFunctionEventInvokeConfigCommandInput,
  GetFunctionEventInvokeConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../core/operation.ts';
import { configShape, findConfig } from './event-configs.ts';
import type { Functions } from './functions.ts';

export const getFunctionEventInvokeConfig = (
  functions: Functions,
): Operation<GetFunctionEventInvokeConfigCommandInput, GetFunctionEventInvokeConfigCommandOutput> => ({
  kind: 'read',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    return configShape(findConfig(call, functions, input, 'GetFunctionEventInvokeConfig'));
  },
});
