import type { GetParameterCommandInput, GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { parameterName } from './constraints.ts';
import { parameterNotFound, parameterShape, selectParameter } from './parameters.ts';

export const getParameter: Operation<GetParameterCommandInput, GetParameterCommandOutput> = {
  kind: 'read',
  accepts: ['Name', 'WithDecryption'],
  run: (input, call) => {
    check(input, { Name: { required: true, ...parameterName } });
    const found = selectParameter(call, input.Name ?? '');
    if (found === undefined) throw parameterNotFound();
    return { Parameter: parameterShape(call, found, input.WithDecryption) };
  },
};
