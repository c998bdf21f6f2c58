import type {
  DescribeImageReferencesCommandInput,
  DescribeImageReferencesCommandOutput,
  ImageReference,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { askedTypes, type ImageResourceType, versionDepth } from './image-resource-types.ts';
import { isNamedBy } from './image-users.ts';
import { page } from './paging.ts';
import { checkDryRun, checkIds, checkOneOf } from './refusals.ts';

/**
 * Finds the caller's own resources in this region that refer to an image. The image may belong to another
 * account, and may no longer exist (EC2 user guide, Identify your resources referencing specified AMIs).
 */
export const describeImageReferences: Operation<
  DescribeImageReferencesCommandInput,
  DescribeImageReferencesCommandOutput
> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'ImageIds',
    'IncludeAllResourceTypes',
    'MaxResults',
    'NextToken',
    'ResourceTypes.ResourceType',
    'ResourceTypes.ResourceTypeOptions.OptionName',
    'ResourceTypes.ResourceTypeOptions.OptionValues',
  ],
  run(input, call) {
    const { ImageIds = [], IncludeAllResourceTypes, ResourceTypes = [] } = input;
    if (ImageIds.length === 0) throw missingParameter('ImageId');
    if (ImageIds.length > imageIdsMax) {
      throw invalidParameter(
        `The number of image IDs (${ImageIds.length}) exceeds the maximum of ${imageIdsMax}.`,
      );
    }
    checkIds('ami', ImageIds);
    const chosen = askedTypes('DescribeImageReferences', ResourceTypes, optionsOf);
    if (!IncludeAllResourceTypes && chosen.size === 0) {
      throw missingParameter('IncludeAllResourceTypes or ResourceTypes');
    }
    const types = Object.keys(optionsOf) as ImageResourceType[];
    const searches = types.flatMap((type) => {
      const options = chosen.get(type) ?? (IncludeAllResourceTypes ? new Map() : undefined);
      return options === undefined ? [] : [{ type, find: searchOf[type](options, call) }];
    });
    checkDryRun(input);
    const references = [...new Set(ImageIds)].flatMap((ImageId) =>
      searches.flatMap(({ type, find }) =>
        find(ImageId).map((Arn): ImageReference => ({ ImageId, ResourceType: type, Arn })),
      ),
    );
    const { items, NextToken } = page(references, input, { min: 5, max: 1000 });
    return { ImageReferences: items, NextToken };
  },
};

const imageIdsMax = 10;

const optionsOf = {
  'ec2:Instance': ['state-name'],
  'ec2:LaunchTemplate': ['version-depth'],
  'ssm:Parameter': [],
} as const satisfies Record<ImageResourceType, readonly string[]>;

const stateNames = ['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'] as const;
const versionDepthDefault = 10;

/** For each resource type, a function that finds the ARNs of the resources that refer to an image. */
const searchOf: Readonly<
  Record<
    ImageResourceType,
    (options: ReadonlyMap<string, readonly string[]>, call: Call) => (imageId: string) => string[]
  >
> = {
  'ec2:Instance': (options, { world, account, region, now }) => {
    const states = options.get('state-name') ?? stateNames;
    for (const state of states) checkOneOf('state-name', state, stateNames);
    const own = world.instances
      .allSeen(now)
      .filter(
        (instance) =>
          instance.account === account && instance.region === region && states.includes(instance.state),
      );
    return (imageId) =>
      own
        .filter((instance) => instance.imageId === imageId)
        .map(({ id }) => `arn:aws:ec2:${region}:${account}:instance/${id}`);
  },
  'ec2:LaunchTemplate': (options, { world, account, region, now }) => {
    const depth = versionDepth(options, versionDepthDefault);
    const own = world.launchTemplates
      .allSeen(now)
      .filter((template) => template.account === account && template.region === region);
    return (imageId) =>
      own
        .filter((template) => isNamedBy(template, imageId, depth))
        .map(({ id }) => `arn:aws:ec2:${region}:${account}:launch-template/${id}`);
  },
  'ssm:Parameter': (_options, { world, account, region, now }) => {
    const own = world.parameters
      .allSeen(now)
      .filter(
        (parameter) =>
          parameter.account === account &&
          parameter.region === region &&
          parameter.dataType === 'aws:ec2:image',
      );
    return (imageId) =>
      own
        .filter(({ value }) => value === imageId)
        .map(({ name }) => `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`);
  },
};
