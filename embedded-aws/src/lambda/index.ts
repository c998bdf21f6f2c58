import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { addPermission } from './add-permission.ts';
import { deleteFunctionEventInvokeConfig } from './delete-function-event-invoke-config.ts';
import { getFunctionConfiguration } from './get-function-configuration.ts';
import { getFunctionEventInvokeConfig } from './get-function-event-invoke-config.ts';
import { getPolicy } from './get-policy.ts';
import { invoke } from './invoke.ts';
import { latencies } from './latency.ts';
import { listFunctions } from './list-functions.ts';
import { putFunctionEventInvokeConfig } from './put-function-event-invoke-config.ts';
import { attempt } from './queue.ts';
import { removePermission } from './remove-permission.ts';
import { kept, transient } from './state.ts';

/**
 * Lambda with the functions in `world.functions`. The world's file contains no code, so each process deploys its own
 * functions. `docs/lambda.md` lists what is emulated.
 */
export const lambda: Service = {
  name: 'lambda',
  kept,
  transient,
  latencies,
  accessDenied: (reason) => new AwsError('AccessDeniedException', reason, 403),
  operations: {
    AddPermission: addPermission,
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig,
    GetFunctionConfiguration: getFunctionConfiguration,
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig,
    GetPolicy: getPolicy,
    Invoke: invoke,
    ListFunctions: listFunctions,
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig,
    RemovePermission: removePermission,
  },
  transitions: {
    /** Ignores the earlier due time of an event that was rescheduled. */
    'function.due': (world, id, at, services) => {
      const event = world.functionEvents.get(id);
      if (event?.nextAt === at) attempt(world, event, at, services);
    },
  },
};
