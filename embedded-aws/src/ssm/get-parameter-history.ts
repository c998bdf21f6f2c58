import type {
  GetParameterHistoryCommandInput,
  GetParameterHistoryCommandOutput,
  ParameterHistory,
} from '@aws-sdk/client-ssm';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { parameterName } from './constraints.ts';
import { page } from './paging.ts';
import { parameterId } from './parameter-names.ts';
import { parameterNotFound, shownValue, versionsOf } from './parameters.ts';
import type { ParameterRecord, ParameterVersionRecord } from './records.ts';

/** The stored versions, oldest first. AWS's public parameters have no history. */
export const getParameterHistory: Operation<
  GetParameterHistoryCommandInput,
  GetParameterHistoryCommandOutput
> = {
  kind: 'read',
  accepts: ['MaxResults', 'Name', 'NextToken', 'WithDecryption'],
  run: (input, call) => {
    const { world, account, region, now } = call;
    check(input, { Name: { required: true, ...parameterName } });
    const parameter = world.parameters.seen(parameterId(account, region, input.Name ?? ''), now);
    if (parameter === undefined) throw parameterNotFound();
    const { items, ...rest } = page(versionsOf(parameter), input, { least: 1, most: 50, defaultSize: 50 });
    return {
      Parameters: items.map((version) => historyOf(call, parameter, version, input.WithDecryption)),
      ...rest,
    };
  },
};

function historyOf(
  call: Call,
  parameter: ParameterRecord,
  version: ParameterVersionRecord,
  withDecryption: boolean | undefined,
): ParameterHistory {
  const { description, allowedPattern, keyId, lastModifiedBy } = version;
  return {
    Name: parameter.name,
    Type: version.type,
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    LastModifiedDate: new Date(version.lastModified),
    ...(lastModifiedBy === undefined ? {} : { LastModifiedUser: lastModifiedBy }),
    ...(description === undefined ? {} : { Description: description }),
    Value: shownValue(call, parameter, version, withDecryption),
    ...(allowedPattern === undefined ? {} : { AllowedPattern: allowedPattern }),
    Version: version.version,
    Labels: [...(version.labels ?? [])],
    Tier: version.tier ?? 'Standard',
    Policies: [],
    DataType: version.dataType,
  };
}
