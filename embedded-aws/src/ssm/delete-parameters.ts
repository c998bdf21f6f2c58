import type { DeleteParametersCommandInput, DeleteParametersCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { parameterName } from './constraints.ts';
import { removeParameter } from './delete-parameter.ts';

export const deleteParameters: Operation<DeleteParametersCommandInput, DeleteParametersCommandOutput> = {
  kind: 'write',
  accepts: ['Names'],
  run: (input, call) => {
    check(input, { Names: { required: true, length: [1, 10], each: parameterName } });
    const deleted: string[] = [];
    const invalid: string[] = [];
    for (const name of new Set(input.Names)) {
      try {
        removeParameter(call, name);
        deleted.push(name);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        invalid.push(name);
      }
    }
    return { DeletedParameters: deleted, InvalidParameters: invalid };
  },
};
