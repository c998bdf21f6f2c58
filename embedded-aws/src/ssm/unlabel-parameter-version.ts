import type {
  UnlabelParameterVersionCommandInput,
  UnlabelParameterVersionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { lagMs } from '../core/world.ts';
import { parameterName } from './constraints.ts';
import { without } from './label-parameter-version.ts';
import { ownParameter, versionNotFound, versionsOf, withVersions } from './parameters.ts';

export const unlabelParameterVersion: Operation<
  UnlabelParameterVersionCommandInput,
  UnlabelParameterVersionCommandOutput
> = {
  kind: 'write',
  accepts: ['Labels', 'Name', 'ParameterVersion'],
  run: (input, call) => {
    check(input, {
      Name: { required: true, ...parameterName },
      ParameterVersion: { required: true },
      Labels: { required: true, length: [1, 10], each: { length: [1, 100] } },
    });
    const { world, now } = call;
    const parameter = ownParameter(call, input.Name ?? '');
    const wanted = input.ParameterVersion ?? 0;
    const version = versionsOf(parameter).find((candidate) => candidate.version === wanted);
    if (version === undefined) throw versionNotFound(parameter.name, wanted);
    const labels = [...new Set(input.Labels)];
    const removed = labels.filter((label) => version.labels?.includes(label));
    if (removed.length > 0) {
      const versions = versionsOf(parameter).map((one) =>
        one.version === wanted ? { ...one, labels: without(one.labels ?? [], removed) } : one,
      );
      world.parameters.put(withVersions(parameter, versions), now, lagMs(world, parameter.id));
    }
    return { RemovedLabels: removed, InvalidLabels: without(labels, removed) };
  },
};
