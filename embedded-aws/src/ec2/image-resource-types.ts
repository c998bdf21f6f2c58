import { invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import { checkOneOf } from './refusals.ts';

/** The resource types that can refer to an image, as DescribeImageReferences and usage reports name them. */
export type ImageResourceType = 'ec2:Instance' | 'ec2:LaunchTemplate' | 'ssm:Parameter';

interface AskedType {
  readonly ResourceType?: string | undefined;
  readonly ResourceTypeOptions?:
    | readonly { readonly OptionName?: string | undefined; readonly OptionValues?: string[] | undefined }[]
    | undefined;
}

const imageBuilderTypes = ['imagebuilder:ImageRecipe', 'imagebuilder:ContainerRecipe'] as const;

/** The checked options of each requested type. A type or an option must not be repeated. */
export function askedTypes<Type extends ImageResourceType>(
  operation: string,
  asked: readonly AskedType[],
  optionsOf: Readonly<Record<Type, readonly string[]>>,
): Map<Type, ReadonlyMap<string, readonly string[]>> {
  const types = Object.keys(optionsOf) as Type[];
  const found = new Map<Type, ReadonlyMap<string, readonly string[]>>();
  for (const { ResourceType, ResourceTypeOptions = [] } of asked) {
    if (ResourceType === undefined) throw missingParameter('resourceType');
    const type = checkOneOf('resourceType', ResourceType, [...types, ...imageBuilderTypes]);
    if (type === undefined || isImageBuilders(type)) throw notEmulated(`ec2:${operation} of ${ResourceType}`);
    if (found.has(type)) {
      throw invalidParameter(`The resource type ${type} may not be specified more than once.`);
    }
    const options = new Map<string, readonly string[]>();
    for (const { OptionName, OptionValues = [] } of ResourceTypeOptions) {
      if (OptionName === undefined) throw missingParameter('optionName');
      if (!optionsOf[type].includes(OptionName) || options.has(OptionName)) {
        throw invalidParameter(
          `Value (${OptionName}) for parameter optionName is invalid for the resource type ${type}.`,
        );
      }
      if (OptionValues.length === 0) throw missingParameter('optionValues');
      options.set(OptionName, OptionValues);
    }
    found.set(type, options);
  }
  return found;
}

const isImageBuilders = (type: string): type is (typeof imageBuilderTypes)[number] =>
  (imageBuilderTypes as readonly string[]).includes(type);

const versionDepthMax = 10_000;

/** The number of launch template versions to search, counted from the newest. */
export function versionDepth(options: ReadonlyMap<string, readonly string[]>, fallback: number): number {
  const values = options.get('version-depth');
  if (values === undefined) return fallback;
  const [value = '', second] = values;
  const depth = Number(value);
  if (second !== undefined || !/^\d+$/.test(value) || depth < 1 || depth > versionDepthMax) {
    throw invalidParameter(
      `Value (${values.join(', ')}) for parameter version-depth is invalid. It must be one integer between 1 and ${versionDepthMax}.`,
    );
  }
  return depth;
}
