import type {
  DeleteFunctionEventInvokeConfigCommandInput,
  DeleteFunctionEventInvokeConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../core/service.ts';
import { findConfig } from './event-configs.ts';

export const deleteFunctionEventInvokeConfig: Operation<
  DeleteFunctionEventInvokeConfigCommandInput,
  DeleteFunctionEventInvokeConfigCommandOutput
> = {
  kind: 'write',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    const { id } = findConfig(call, input, 'DeleteFunctionEventInvokeConfig');
    call.world.functionEventConfigs.remove(id, call.now, 0);
    return {};
  },
};
