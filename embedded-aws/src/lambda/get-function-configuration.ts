import type {
  GetFunctionConfigurationCommandInput,
  GetFunctionConfigurationCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { configurationOf } from './configuration.ts';
import * as constraints from './constraints.ts';
import type { DeployedFunction } from './functions.ts';
import { findFunction } from './names.ts';

export const getFunctionConfiguration: Operation<
  GetFunctionConfigurationCommandInput,
  GetFunctionConfigurationCommandOutput
> = {
  kind: 'read',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    check(input, { FunctionName: constraints.functionName, Qualifier: constraints.qualifier });
    const { arn, qualifier } = findFunction(call, input, 'GetFunctionConfiguration');
    return configurationOf(arn, call.world.functions.get(arn) as DeployedFunction, qualifier);
  },
};
