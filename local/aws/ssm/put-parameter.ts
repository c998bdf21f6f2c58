import type { PutParameterCommandInput, PutParameterCommandOutput } from '@aws-sdk/client-ssm';
import { parameterId } from '../catalog/parameters.ts';
import { AwsError, notEmulated } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { lagMs } from '../world.ts';
import { required, validationError } from './errors.ts';

/** Plain text parameters of the standard tier. The validation of `aws:ec2:image` is not emulated, and so it is refused. */
export const putParameter: Operation<PutParameterCommandInput, PutParameterCommandOutput> = {
  kind: 'write',
  accepts: ['Name', 'Value', 'Type', 'Overwrite', 'Description', 'DataType', 'Tier'],
  run: (input, { world, account, region, now }) => {
    const name = required(input.Name, 'name');
    const value = required(input.Value, 'value');
    const { Type = 'String', DataType = 'text', Overwrite = false } = input;
    if (Type !== 'String') throw notEmulated(`ssm:PutParameter with Type ${Type}`);
    if (DataType !== 'text') throw notEmulated(`ssm:PutParameter with DataType ${DataType}`);
    if (!/^[a-zA-Z0-9_./-]+$/.test(name) || /^\/?(aws|ssm)/i.test(name)) {
      throw new AwsError(
        'ValidationException',
        'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). ' +
          'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as ' +
          'a mix of letters, numbers and the following 3 symbols .-_',
      );
    }
    if (value === '') {
      throw validationError('', 'value', 'Member must have length greater than or equal to 1');
    }
    if (value.length > 4096) {
      throw new AwsError(
        'ValidationException',
        'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter ' +
          'value, upgrade the parameter to use the advanced-parameter tier.',
      );
    }
    const id = parameterId(account, region, name);
    const before = world.parameters.get(id);
    if (before !== undefined && !Overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const version = (before?.version ?? 0) + 1;
    world.parameters.put(
      { id, account, region, name, type: 'String', dataType: 'text', value, version, lastModified: now },
      now,
      lagMs(world, id),
    );
    return { Version: version, Tier: 'Standard' };
  },
};
