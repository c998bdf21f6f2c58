import type {
  LaunchPermission,
  ModifyImageAttributeCommandInput,
  ModifyImageAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { publicDeprecation } from './deprecation.ts';
import { checkAvailable, checkDescription, isPublic, ownImage } from './images.ts';
import { changedPermissions, checkPermission, checkSharing, keyOf } from './launch-permissions.ts';
import type { ImageRecord } from './records.ts';
import { checkAttribute, checkDryRun, checkOneOf, parameterCombination } from './refusals.ts';

/**
 * Changes one attribute per call. The request uses the structured form (`Description`, `ImdsSupport`,
 * `LaunchPermission`) or the flat form (`Attribute` with `Value`, or with `OperationType` and lists).
 */
export const modifyImageAttribute: Operation<
  ModifyImageAttributeCommandInput,
  ModifyImageAttributeCommandOutput
> = {
  kind: 'write',
  accepts: [
    'Attribute',
    'Description.Value',
    'DryRun',
    'ImageId',
    'ImdsSupport.Value',
    'LaunchPermission.Add.Group',
    'LaunchPermission.Add.OrganizationArn',
    'LaunchPermission.Add.OrganizationalUnitArn',
    'LaunchPermission.Add.UserId',
    'LaunchPermission.Remove.Group',
    'LaunchPermission.Remove.OrganizationArn',
    'LaunchPermission.Remove.OrganizationalUnitArn',
    'LaunchPermission.Remove.UserId',
    'OperationType',
    'OrganizationArns',
    'OrganizationalUnitArns',
    'UserGroups',
    'UserIds',
    'Value',
  ],
  run(input, call) {
    const { world, now } = call;
    const { ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    const { description, imdsSupport, add = [], remove = [] } = changeAsked(input);
    checkDescription(description);
    checkOneOf('imdsSupport', imdsSupport, ['v2.0']);

    const image = ownImage(call, ImageId);
    checkAvailable(image);
    const launchPermissions = changedPermissions(image.launchPermissions, { add, remove });
    checkSharing(image, add, launchPermissions, call);
    checkDryRun(input);
    const changed: ImageRecord = {
      ...image,
      launchPermissions,
      ...(description === undefined ? {} : { description }),
      ...(imdsSupport === undefined ? {} : { imdsSupport: 'v2.0' as const }),
    };
    const deprecation =
      isPublic(changed) && !isPublic(image) ? { deprecationTime: publicDeprecation(image) } : {};
    world.images.put({ ...changed, ...deprecation }, now, lagMs(world, ImageId));
    return {};
  },
};

interface Change {
  readonly description?: string;
  readonly imdsSupport?: string;
  readonly add?: readonly LaunchPermission[];
  readonly remove?: readonly LaunchPermission[];
}

const attributes = ['description', 'imdsSupport', 'launchPermission'] as const;

function changeAsked(input: ModifyImageAttributeCommandInput): Change {
  const { Attribute, Description, ImdsSupport, LaunchPermission: permission } = input;
  const given = Object.entries({
    description: Description,
    imdsSupport: ImdsSupport,
    launchPermission: permission,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 1) {
    throw parameterCombination(`Fields for multiple attribute types specified: ${given.join(', ')}`);
  }
  const [name] = given;
  if (name === undefined) return flatChange(input);
  const named = checkAttribute(Attribute, attributes, { hasField: true });
  if (named !== undefined && named !== name) {
    throw parameterCombination(`The attribute ${named} was named, and ${name} specified.`);
  }
  if (Description !== undefined) return { description: Description.Value ?? '' };
  if (ImdsSupport !== undefined) return { imdsSupport: ImdsSupport.Value ?? '' };
  const add = (permission?.Add ?? []).map(checkPermission);
  const remove = (permission?.Remove ?? []).map(checkPermission);
  checkRepeated(flatPermissions(input), [...add, ...remove]);
  return { add, remove };
}

/**
 * Packer sends its launch permissions in both forms (hashicorp/packer-plugin-amazon,
 * step_modify_ami_attributes.go). The two forms must agree.
 */
function checkRepeated(flat: readonly LaunchPermission[], structured: readonly LaunchPermission[]): void {
  const known = new Set(structured.map(keyOf));
  if (flat.some((item) => !known.has(keyOf(item)))) {
    throw notEmulated('ec2:ModifyImageAttribute with lists that differ from LaunchPermission');
  }
}

function flatPermissions(input: ModifyImageAttributeCommandInput): LaunchPermission[] {
  const { UserIds = [], UserGroups = [], OrganizationArns = [], OrganizationalUnitArns = [] } = input;
  return [
    ...UserIds.map((UserId) => ({ UserId })),
    ...UserGroups.map((Group) => ({ Group: Group as 'all' })),
    ...OrganizationArns.map((OrganizationArn) => ({ OrganizationArn })),
    ...OrganizationalUnitArns.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
  ];
}

function flatChange(input: ModifyImageAttributeCommandInput): Change {
  const { Attribute, OperationType, Value } = input;
  const attribute = checkOneOf('attribute', Attribute, attributes);
  const permissions = flatPermissions(input);
  if (attribute === undefined) throw parameterCombination('No attributes specified.');
  if (attribute !== 'launchPermission') {
    if (permissions.length > 0 || OperationType !== undefined) {
      throw parameterCombination(
        `The parameter OperationType and lists of launch permissions cannot be used with the attribute ${attribute}.`,
      );
    }
    if (Value === undefined) throw missingParameter('value');
    return attribute === 'description' ? { description: Value } : { imdsSupport: Value };
  }
  if (Value !== undefined) {
    throw parameterCombination('The parameter Value cannot be used with the attribute launchPermission.');
  }
  const operation = checkOneOf('operationType', OperationType, ['add', 'remove']);
  if (operation === undefined) throw missingParameter('operationType');
  if (permissions.length === 0) throw parameterCombination('No attributes specified.');
  return { [operation]: permissions.map(checkPermission) };
}
