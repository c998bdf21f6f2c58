import type {
  GetFunctionEventInvokeConfigCommandInput,
  GetFunctionEventInvokeConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../core/service.ts';
import { configShape, findConfig } from './event-configs.ts';

export const getFunctionEventInvokeConfig: Operation<
  GetFunctionEventInvokeConfigCommandInput,
  GetFunctionEventInvokeConfigCommandOutput
> = {
  kind: 'read',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    return configShape(findConfig(call, input, 'GetFunctionEventInvokeConfig'));
  },
};
