import type {
  BlockDeviceMapping,
  ResponseLaunchTemplateData,
  RunInstancesCommandInput,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { findTemplate, findVersion } from './launch-templates.ts';

type Launch = RunInstancesCommandInput;

/** The final parameters of a launch, and the tags that EC2 adds to instances from a launch template. */
export interface ResolvedLaunch {
  readonly input: Launch;
  readonly systemTags: Tags;
}

/**
 * Request parameters override template parameters (EC2 API reference, RunInstances). Block devices are merged
 * by device name, and tags by resource type and key. Every other parameter of the request replaces the
 * template's parameter as a whole.
 */
export function withTemplate(request: Launch, call: Call): ResolvedLaunch {
  const asked = withoutEmptyStrings(request);
  if (asked.LaunchTemplate === undefined) return { input: asked, systemTags: {} };
  const { LaunchTemplate, ...own } = asked;
  const template = findTemplate(LaunchTemplate, call);
  const { version, data } = findVersion(template, LaunchTemplate.Version);
  return {
    input: merged(data, own),
    systemTags: {
      'aws:ec2launchtemplate:id': template.id,
      'aws:ec2launchtemplate:version': String(version),
    },
  };
}

function merged(data: ResponseLaunchTemplateData, own: Launch): Launch {
  const fromTemplate = data as Partial<Launch>;
  const BlockDeviceMappings = mergedBy(
    ({ DeviceName }: BlockDeviceMapping) => DeviceName,
    (old, own) => ({ ...old, ...own, ...(own.Ebs && { Ebs: { ...old.Ebs, ...own.Ebs } }) }),
    fromTemplate.BlockDeviceMappings,
    own.BlockDeviceMappings,
  );
  const TagSpecifications = mergedBy(
    ({ ResourceType }: TagSpecification) => ResourceType,
    (old, own) => ({
      ...old,
      Tags: mergedBy(
        ({ Key }) => Key,
        (_old, tag) => tag,
        old.Tags,
        own.Tags,
      ),
    }),
    fromTemplate.TagSpecifications,
    own.TagSpecifications,
  );
  return {
    ...fromTemplate,
    ...own,
    ...(BlockDeviceMappings && { BlockDeviceMappings }),
    ...(TagSpecifications && { TagSpecifications }),
  };
}

/** Merges two lists: items with the same key become one item, and the request's other items follow. */
function mergedBy<T>(
  key: (item: T) => string | undefined,
  merge: (old: T, own: T) => T,
  old: readonly T[] | undefined,
  own: readonly T[] | undefined,
): T[] | undefined {
  if (old === undefined || own === undefined) return (own ?? old) as T[] | undefined;
  const isKnown = (item: T) => old.some((each) => key(each) === key(item));
  return [
    ...old.map((item) => {
      const change = own.find((each) => key(each) === key(item));
      return change === undefined ? item : merge(item, change);
    }),
    ...own.filter((item) => !isKnown(item)),
  ];
}

/**
 * EC2 treats an empty string as a missing value. Packer always sends a zone, user data and a profile name,
 * and leaves unused values empty (hashicorp/packer, builder/amazon/common/step_run_source_instance.go).
 */
function withoutEmptyStrings(request: Launch): Launch {
  const given = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined && member !== ''));
  const { Placement, IamInstanceProfile, LaunchTemplate, ...rest } = given(request) as Launch;
  return {
    ...rest,
    ...(Placement && { Placement: given(Placement) }),
    ...(IamInstanceProfile && { IamInstanceProfile: given(IamInstanceProfile) }),
    ...(LaunchTemplate && { LaunchTemplate: given(LaunchTemplate) }),
  };
}
