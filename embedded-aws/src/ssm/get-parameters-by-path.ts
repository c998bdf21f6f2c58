import type { GetParametersByPathCommandInput, GetParametersByPathCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { parameterName } from './constraints.ts';
import { page } from './paging.ts';
import { parameterFilters, parameterTest } from './parameter-filters.ts';
import { checkedPath, isPublicName, isUnder } from './parameter-names.ts';
import { type FoundParameter, parameterShape, versionsOf } from './parameters.ts';

export const getParametersByPath: Operation<
  GetParametersByPathCommandInput,
  GetParametersByPathCommandOutput
> = {
  kind: 'read',
  accepts: [
    'MaxResults',
    'NextToken',
    'ParameterFilters.Key',
    'ParameterFilters.Option',
    'ParameterFilters.Values',
    'Path',
    'Recursive',
    'WithDecryption',
  ],
  run: (input, call) => {
    const { world, account, region, now } = call;
    check(input, { Path: { required: true, ...parameterName }, ParameterFilters: parameterFilters });
    const { ParameterFilters = [], Recursive = false } = input;
    const path = checkedPath(input.Path ?? '');
    const owner = isPublicName(path) ? '' : account;
    const labels = ParameterFilters.find(({ Key }) => Key === 'Label')?.Values;
    const passes = parameterTest(
      // A label belongs to a version and selects that version. All other filters apply to the
      // parameter.
      ParameterFilters.filter(({ Key }) => Key !== 'Label'),
      'GetParametersByPath',
    );
    if (labels !== undefined) parameterTest(ParameterFilters, 'GetParametersByPath');
    const found = world.parameters
      .allSeen(now)
      .filter((parameter) => parameter.account === owner && parameter.region === region)
      .filter((parameter) => isUnder(parameter.name, path, Recursive) && passes(parameter))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((parameter): FoundParameter[] => {
        if (labels === undefined) return [{ parameter, version: parameter }];
        const labelled = versionsOf(parameter).findLast((version) =>
          version.labels?.some((label) => labels.includes(label)),
        );
        const label = labelled?.labels?.find((candidate) => labels.includes(candidate));
        return labelled === undefined ? [] : [{ parameter, version: labelled, selector: `:${label}` }];
      });
    const { items, ...rest } = page(found, input, { least: 1, most: 10, defaultSize: 10 });
    return {
      Parameters: items.map((parameter) => parameterShape(call, parameter, input.WithDecryption)),
      ...rest,
    };
  },
};
