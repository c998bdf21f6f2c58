import type {
  DescribeAccountAttributesCommandInput,
  DescribeAccountAttributesCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Call, Operation } from '../core/service.ts';
import { defaultNetwork } from './default-network.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/**
 * Packer calls this operation before it launches into a default VPC. The figures are the figures of a new
 * account.
 */
export const describeAccountAttributes: Operation<
  DescribeAccountAttributesCommandInput,
  DescribeAccountAttributesCommandOutput
> = {
  kind: 'read',
  accepts: ['AttributeNames', 'DryRun'],
  run(input, call) {
    const { AttributeNames = [] } = input;
    const known = Object.keys(attributes);
    for (const name of AttributeNames) checkOneOf('attributeName', name, known);
    checkDryRun(input);
    const wanted = AttributeNames.length === 0 ? known : AttributeNames;
    return {
      AccountAttributes: Object.entries(attributes)
        .filter(([name]) => wanted.includes(name))
        .map(([AttributeName, value]) => ({
          AttributeName,
          AttributeValues: [{ AttributeValue: value(call) }],
        })),
    };
  },
};

const attributes: Readonly<Record<string, (call: Call) => string>> = {
  'supported-platforms': () => 'VPC',
  'vpc-max-security-groups-per-interface': () => '5',
  'max-elastic-ips': () => '5',
  'max-instances': () => '20',
  'vpc-max-elastic-ips': () => '5',
  'default-vpc': ({ world, account, region }) => defaultNetwork(world, account, region).vpcId,
};
