import type { IpPermission } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import { parameterCombination } from './refusals.ts';

/**
 * The parameters that name rules to add or remove: a list of permissions, or (inbound only) the flat form.
 */
export const permissionParameters = [
  'IpPermissions.FromPort',
  'IpPermissions.IpProtocol',
  'IpPermissions.IpRanges.CidrIp',
  'IpPermissions.IpRanges.Description',
  'IpPermissions.Ipv6Ranges.CidrIpv6',
  'IpPermissions.Ipv6Ranges.Description',
  'IpPermissions.PrefixListIds.Description',
  'IpPermissions.PrefixListIds.PrefixListId',
  'IpPermissions.ToPort',
  'IpPermissions.UserIdGroupPairs.Description',
  'IpPermissions.UserIdGroupPairs.GroupId',
  'IpPermissions.UserIdGroupPairs.GroupName',
  'IpPermissions.UserIdGroupPairs.UserId',
  'IpPermissions.UserIdGroupPairs.VpcId',
] as const;

export const flatParameters = ['CidrIp', 'FromPort', 'GroupName', 'IpProtocol', 'ToPort'] as const;

interface Asked {
  readonly IpPermissions?: IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
}

/** The permissions of a request in either form. */
export function permissionsAsked({ IpPermissions, ...flat }: Asked): IpPermission[] {
  const { IpProtocol, FromPort, ToPort, CidrIp } = flat;
  const isFlat = [IpProtocol, FromPort, ToPort, CidrIp].some((value) => value !== undefined);
  if (isFlat && IpPermissions !== undefined) {
    throw parameterCombination(
      'The parameter ipPermissions cannot be used with a rule of its own parameters',
    );
  }
  if (isFlat) return [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }];
  if (IpPermissions === undefined || IpPermissions.length === 0) throw missingParameter('ipPermissions');
  return IpPermissions;
}
