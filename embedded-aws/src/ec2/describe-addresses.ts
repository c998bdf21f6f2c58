import type {
  Address,
  DescribeAddressesCommandInput,
  DescribeAddressesCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkDryRun } from './refusals.ts';

/** No account has Elastic IP addresses, because the embedded EC2 cannot allocate them. */
export const describeAddresses: Operation<DescribeAddressesCommandInput, DescribeAddressesCommandOutput> = {
  kind: 'read',
  accepts: ['AllocationIds', 'DryRun', 'Filters.Name', 'Filters.Values', 'PublicIps'],
  run(input) {
    const { AllocationIds: [allocationId] = [], PublicIps: [address] = [] } = input;
    matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    if (allocationId !== undefined) {
      throw new AwsError(
        'InvalidAllocationID.NotFound',
        `The allocation ID '${allocationId}' does not exist`,
      );
    }
    if (address !== undefined) {
      throw new AwsError('InvalidAddress.NotFound', `Address '${address}' not found.`);
    }
    return { Addresses: [] };
  },
};

const filters: FilterNames<Address> = {
  'allocation-id': () => undefined,
  'association-id': () => undefined,
  'instance-id': () => undefined,
  'network-border-group': () => undefined,
  'network-interface-id': () => undefined,
  'network-interface-owner-id': () => undefined,
  'private-ip-address': () => undefined,
  'public-ip': () => undefined,
};
