import type { Service } from '../core/operation.ts';
import { addPermission } from './add-permission.ts';
import { timeoutSecondsMax } from './configuration.ts';
import { deleteFunctionEventInvokeConfig } from './delete-function-event-invoke-config.ts';
import type { Functions } from './functions.ts';
import { getFunctionConfiguration } from './get-function-configuration.ts';
import { getFunctionEventInvokeConfig } from './get-function-event-invoke-config.ts';
import { getPolicy } from './get-policy.ts';
import { invoke } from './invoke.ts';
import { listFunctions } from './list-functions.ts';
import { putFunctionEventInvokeConfig } from './put-function-event-invoke-config.ts';
import { attempt } from './queue.ts';
import { removePermission } from './remove-permission.ts';

/** Lambda, with the functions that a deployment brings, by their ARNs. `docs/embedded-aws/lambda.md` says what is emulated. */
export function lambdaService(functions: Functions): Service {
  return {
    name: 'lambda',
    operations: {
      AddPermission: addPermission(functions),
      DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig(functions),
      GetFunctionConfiguration: getFunctionConfiguration(functions),
      GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig(functions),
      GetPolicy: getPolicy(functions),
      Invoke: invoke(functions),
      ListFunctions: listFunctions(functions),
      PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig(functions),
      RemovePermission: removePermission(functions),
    },
    transitions: {
      /** What an event was due for before it was put back comes to nothing. */
      'function.due': (world, id, at, services) => {
        const event = world.functionEvents.get(id);
        if (event?.nextAt !== at) return;
        const { timeoutSeconds = timeoutSecondsMax } = functions[event.functionArn] ?? {};
        attempt(world, event, { at, services, timeoutSeconds });
      },
    },
  };
}
