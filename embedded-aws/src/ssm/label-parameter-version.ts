import type {
  LabelParameterVersionCommandInput,
  LabelParameterVersionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { lagMs } from '../core/world.ts';
import { parameterName } from './constraints.ts';
import { emitChange, ownParameter, versionNotFound, versionsOf, withVersions } from './parameters.ts';

const labelsMax = 10;

/**
 * A label belongs to one version at a time. Labelling another version moves the label. Invalid
 * labels are returned in the response instead of being refused.
 */
export const labelParameterVersion: Operation<
  LabelParameterVersionCommandInput,
  LabelParameterVersionCommandOutput
> = {
  kind: 'write',
  accepts: ['Labels', 'Name', 'ParameterVersion'],
  run: (input, call) => {
    check(input, {
      Name: { required: true, ...parameterName },
      Labels: { required: true, length: [1, labelsMax], each: { length: [1, 100] } },
    });
    const { world, now } = call;
    const parameter = ownParameter(call, input.Name ?? '');
    const wanted = input.ParameterVersion ?? parameter.version;
    const version = versionsOf(parameter).find((candidate) => candidate.version === wanted);
    if (version === undefined) throw versionNotFound(parameter.name, wanted);
    const requested = [...new Set(input.Labels)];
    const invalid = requested.filter((label) => !isLabel(label));
    const valid = requested.filter(isLabel);
    const labels = [...new Set([...(version.labels ?? []), ...valid])];
    if (labels.length > labelsMax) {
      throw new AwsError(
        'ParameterVersionLabelLimitExceeded',
        'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
      );
    }
    if (valid.length > 0) {
      const versions = versionsOf(parameter).map((one) => ({
        ...one,
        labels: one === version || one.version === wanted ? labels : without(one.labels ?? [], valid),
      }));
      world.parameters.put(withVersions(parameter, versions), now, lagMs(world, parameter.id));
      emitChange(world, parameter, version, 'LabelParameterVersion', now);
    }
    return { InvalidLabels: invalid, ParameterVersion: wanted };
  },
};

/**
 * A label must not start with a digit, `aws` or `ssm` (Systems Manager API reference,
 * LabelParameterVersion).
 */
const isLabel = (label: string) => /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);

export const without = (labels: readonly string[], taken: readonly string[]) =>
  labels.filter((label) => !taken.includes(label));
