import type { GetParameterCommandInput, GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { required } from './errors.ts';
import { findParameter, parameterOf } from './parameters.ts';

export const getParameter: Operation<GetParameterCommandInput, GetParameterCommandOutput> = {
  kind: 'read',
  accepts: ['Name', 'WithDecryption'],
  run: ({ Name }, call) => {
    const asked = required(Name, 'name');
    const record = findParameter(call, asked);
    // SSM answers a parameter that is not there with an error that says nothing.
    if (record === undefined) throw new AwsError('ParameterNotFound', '');
    const selector = asked.includes(':') ? `:${record.version}` : undefined;
    return { Parameter: { ...parameterOf(record), ...(selector !== undefined && { Selector: selector }) } };
  },
};
