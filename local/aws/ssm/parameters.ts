import type { Parameter } from '@aws-sdk/client-ssm';
import { parameterId } from '../catalog/parameters.ts';
import type { Call } from '../operation.ts';
import type { ParameterRecord } from '../records.ts';

/** A parameter by its name, with `:version` if need be: AWS's public ones, or the caller's own. */
export function findParameter(
  { world, account, region, now }: Call,
  asked: string,
): ParameterRecord | undefined {
  const [name = '', selector] = asked.split(':');
  const owner = name.startsWith('/aws/service/') ? '' : account;
  const record = world.parameters.seen(parameterId(owner, region, name), now);
  // Old versions are not kept, and labels are not emulated.
  return selector === undefined || selector === String(record?.version) ? record : undefined;
}

export function parameterOf(record: ParameterRecord): Parameter {
  const path = record.name.startsWith('/') ? record.name : `/${record.name}`;
  return {
    Name: record.name,
    Type: record.type,
    Value: record.value,
    Version: record.version,
    LastModifiedDate: new Date(record.lastModified),
    ARN: `arn:aws:ssm:${record.region}:${record.account}:parameter${path}`,
    DataType: record.dataType,
  };
}
