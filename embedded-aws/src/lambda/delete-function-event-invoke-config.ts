import type {
  DeleteFunctionEventInvokeConfigCommandInput,
  DeleteFunctionEventInvokeConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../core/operation.ts';
import { findConfig } from './event-configs.ts';
import type { Functions } from './functions.ts';

export const deleteFunctionEventInvokeConfig = (
  functions: Functions,
): Operation<DeleteFunctionEventInvokeConfigCommandInput, DeleteFunctionEventInvokeConfigCommandOutput> => ({
  kind: 'write',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    const { id } = findConfig(call, functions, input, 'DeleteFunctionEventInvokeConfig');
    call.world.functionEventConfigs.remove(id, call.now, 0);
    return {};
  },
});
