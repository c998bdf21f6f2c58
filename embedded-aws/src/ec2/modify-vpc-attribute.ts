import type { ModifyVpcAttributeCommandInput, ModifyVpcAttributeCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { dnsOf, ownVpc } from './networks.ts';
import type { VpcRecord } from './records.ts';
import { parameterCombination } from './refusals.ts';

export const modifyVpcAttribute: Operation<ModifyVpcAttributeCommandInput, ModifyVpcAttributeCommandOutput> =
  {
    kind: 'write',
    accepts: [
      'EnableDnsHostnames.Value',
      'EnableDnsSupport.Value',
      'EnableNetworkAddressUsageMetrics.Value',
      'VpcId',
    ],
    run(input, call) {
      const { world, now } = call;
      if (input.VpcId === undefined) throw missingParameter('vpcId');
      const [attribute, value] = onlyAttribute(input);
      const vpc = ownVpc(input.VpcId, call);
      if (attribute === 'dnsHostnames' && value && !dnsOf(vpc).dnsSupport) {
        // VPC user guide, View and update DNS attributes for your VPC.
        throw parameterCombination('DNS hostnames can only be enabled where DNS support is enabled.');
      }
      world.vpcs.put({ ...vpc, [attribute]: value }, now, lagMs(world, vpc.id));
      return {};
    },
  };

type Attribute = 'dnsHostnames' | 'dnsSupport' | 'addressUsageMetrics';

/** One call changes one attribute (kubernetes-sigs/cluster-api-provider-aws#783). */
function onlyAttribute(input: ModifyVpcAttributeCommandInput): [Attribute & keyof VpcRecord, boolean] {
  const given = (
    [
      ['enableDnsHostnames', 'dnsHostnames', input.EnableDnsHostnames],
      ['enableDnsSupport', 'dnsSupport', input.EnableDnsSupport],
      ['enableNetworkAddressUsageMetrics', 'addressUsageMetrics', input.EnableNetworkAddressUsageMetrics],
    ] as const
  ).filter(([, , field]) => field !== undefined);
  const [first, ...others] = given;
  if (first === undefined) throw parameterCombination('No attributes specified.');
  if (others.length > 0) {
    const names = given.map(([name]) => name).join(', ');
    throw parameterCombination(`Fields for multiple attribute types specified: ${names}`);
  }
  const [name, attribute, field] = first;
  if (field?.Value === undefined) throw missingParameter(`${name}.value`);
  return [attribute, field.Value];
}
