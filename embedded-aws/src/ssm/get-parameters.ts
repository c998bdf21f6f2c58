import type { GetParametersCommandInput, GetParametersCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { parameterName } from './constraints.ts';
import { type FoundParameter, parameterShape, selectParameter } from './parameters.ts';

export const getParameters: Operation<GetParametersCommandInput, GetParametersCommandOutput> = {
  kind: 'read',
  accepts: ['Names', 'WithDecryption'],
  run: (input, call) => {
    check(input, { Names: { required: true, length: [1, 10], each: parameterName } });
    const found = [...new Set(input.Names)].map((name) => ({ name, parameter: select(call, name) }));
    return {
      Parameters: found.flatMap(({ parameter }) =>
        parameter === undefined ? [] : [parameterShape(call, parameter, input.WithDecryption)],
      ),
      InvalidParameters: found.flatMap(({ name, parameter }) => (parameter === undefined ? [name] : [])),
    };
  },
};

/** A missing parameter or version is listed in InvalidParameters instead of being refused. */
function select(call: Call, name: string): FoundParameter | undefined {
  try {
    return selectParameter(call, name);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ParameterVersionNotFound') return undefined;
    throw error;
  }
}
