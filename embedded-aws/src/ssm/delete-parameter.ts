import type { DeleteParameterCommandInput, DeleteParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { lagMs } from '../core/world.ts';
import { parameterName } from './constraints.ts';
import { emitChange, ownParameter } from './parameters.ts';

export const deleteParameter: Operation<DeleteParameterCommandInput, DeleteParameterCommandOutput> = {
  kind: 'write',
  accepts: ['Name'],
  run: (input, call) => {
    check(input, { Name: { required: true, ...parameterName } });
    removeParameter(call, input.Name ?? '');
    return {};
  },
};

/** Deletes a parameter of the caller with all its versions. */
export function removeParameter(call: Call, name: string): void {
  const { world, now } = call;
  const parameter = ownParameter(call, name);
  world.parameters.remove(parameter.id, now, lagMs(world, parameter.id));
  emitChange(world, parameter, parameter, 'Delete', now);
}
