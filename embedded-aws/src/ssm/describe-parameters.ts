import type {
  DescribeParametersCommandInput,
  DescribeParametersCommandOutput,
  ParameterMetadata,
} from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { page } from './paging.ts';
import { oldParameterTest, parameterFilters, parameterTest } from './parameter-filters.ts';
import { parameterArn } from './parameter-names.ts';
import type { ParameterRecord } from './records.ts';

/** Lists only the caller's parameters. AWS's public parameters can only be found by path. */
export const describeParameters: Operation<DescribeParametersCommandInput, DescribeParametersCommandOutput> =
  {
    kind: 'read',
    accepts: [
      'Filters.Key',
      'Filters.Values',
      'MaxResults',
      'NextToken',
      'ParameterFilters.Key',
      'ParameterFilters.Option',
      'ParameterFilters.Values',
      'Shared',
    ],
    run: (input, { world, account, region, now }) => {
      check(input, {
        Filters: {
          members: {
            Key: { required: true, oneOf: ['Name', 'Type', 'KeyId'] },
            Values: { required: true, length: [1, 50], each: { length: [1, 1024] } },
          },
        },
        ParameterFilters: parameterFilters,
      });
      const { Filters = [], ParameterFilters = [] } = input;
      if (input.Shared === true) throw notEmulated('ssm:DescribeParameters with Shared');
      if (Filters.length > 0 && ParameterFilters.length > 0) {
        throw new AwsError(
          'ValidationException',
          'You can use either Filters or ParameterFilters in a single request.',
        );
      }
      const passesOld = oldParameterTest(Filters);
      const passes = parameterTest(ParameterFilters, 'DescribeParameters');
      const parameters = world.parameters
        .allSeen(now)
        .filter((parameter) => parameter.account === account && parameter.region === region)
        .filter((parameter) => passesOld(parameter) && passes(parameter))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, ...rest } = page(parameters, input, { least: 1, most: 50, defaultSize: 50 });
      return { Parameters: items.map(metadataOf), ...rest };
    },
  };

function metadataOf(parameter: ParameterRecord): ParameterMetadata {
  const { description, allowedPattern, keyId, lastModifiedBy } = parameter;
  return {
    Name: parameter.name,
    ARN: parameterArn(parameter),
    Type: parameter.type,
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    LastModifiedDate: new Date(parameter.lastModified),
    ...(lastModifiedBy === undefined ? {} : { LastModifiedUser: lastModifiedBy }),
    ...(description === undefined ? {} : { Description: description }),
    ...(allowedPattern === undefined ? {} : { AllowedPattern: allowedPattern }),
    Version: parameter.version,
    Tier: parameter.tier ?? 'Standard',
    Policies: [],
    DataType: parameter.dataType,
  };
}
