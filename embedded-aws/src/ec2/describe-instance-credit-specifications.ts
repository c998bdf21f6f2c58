import type {
  DescribeInstanceCreditSpecificationsCommandInput,
  DescribeInstanceCreditSpecificationsCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { seenInstances } from './instances.ts';
import { checkPaging, page } from './paging.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/**
 * Without ids, EC2 returns only instances with unlimited credits (EC2 API reference,
 * DescribeInstanceCreditSpecifications).
 */
export const describeInstanceCreditSpecifications: Operation<
  DescribeInstanceCreditSpecificationsCommandInput,
  DescribeInstanceCreditSpecificationsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InstanceIds', 'MaxResults', 'NextToken'],
  run(input, call) {
    const { InstanceIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: InstanceIds, idsName: 'instanceIds' });
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    const instances = seenInstances(call, InstanceIds);
    const other = instances.find(({ cpuCredits }) => cpuCredits === undefined);
    if (InstanceIds.length > 0 && other !== undefined) {
      throw new AwsError(
        'InvalidInstanceID.NotBurstable',
        `The instance '${other.id}' is not a burstable performance instance.`,
      );
    }
    checkDryRun(input);
    const found = instances.filter(
      ({ cpuCredits }) => cpuCredits !== undefined && (InstanceIds.length > 0 || cpuCredits === 'unlimited'),
    );
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      InstanceCreditSpecifications: items.map(({ id, cpuCredits }) => ({
        InstanceId: id,
        CpuCredits: cpuCredits,
      })),
      NextToken,
    };
  },
};

const filters: FilterNames<InstanceRecord> = { 'instance-id': ({ id }) => id };
