import type { GetParametersCommandInput, GetParametersCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../operation.ts';
import { required, validationError } from './errors.ts';
import { findParameter, parameterOf } from './parameters.ts';

export const getParameters: Operation<GetParametersCommandInput, GetParametersCommandOutput> = {
  kind: 'read',
  accepts: ['Names', 'WithDecryption'],
  run: ({ Names }, call) => {
    const names = required(Names, 'names');
    if (names.length < 1 || names.length > 10) {
      throw validationError(`[${names.join(', ')}]`, 'names', 'Member must have length between 1 and 10');
    }
    const found = names.map((name) => ({ name, record: findParameter(call, name) }));
    return {
      Parameters: found.flatMap(({ record }) => (record === undefined ? [] : [parameterOf(record)])),
      InvalidParameters: found.flatMap(({ name, record }) => (record === undefined ? [name] : [])),
    };
  },
};
