import type {
  DescribeInstancePatchesCommandInput,
  DescribeInstancePatchesCommandOutput,
  PatchComplianceData,
  PatchOrchestratorFilter,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { instanceId } from './constraints.ts';
import { page } from './paging.ts';
import type { PatchRecord } from './records.ts';

export const describeInstancePatches: Operation<
  DescribeInstancePatchesCommandInput,
  DescribeInstancePatchesCommandOutput
> = {
  kind: 'read',
  accepts: ['Filters.Key', 'Filters.Values', 'InstanceId', 'MaxResults', 'NextToken'],
  run: (input, { world, account, region }) => {
    check(input, {
      InstanceId: { required: true, ...instanceId },
      Filters: {
        length: [0, 5],
        members: { Key: { length: [1, 128] }, Values: { each: { length: [1, 256] } } },
      },
    });
    const { InstanceId = '', Filters = [] } = input;
    const instance = world.instances.get(InstanceId);
    if (instance?.account !== account || instance.region !== region) {
      throw new AwsError(
        'InvalidInstanceId',
        `Instances [[${InstanceId}]] not in a valid state for account ${account}`,
      );
    }
    const tests = Filters.map(testOf);
    const patches = (world.patchStates.get(InstanceId)?.patches ?? [])
      .map((patch) => patchShape(instance, patch))
      .filter((patch) => tests.every((passes) => passes(patch)));
    const { items, ...rest } = page(patches, input, { least: 10, most: 100, defaultSize: 50 });
    return { Patches: items, ...rest };
  },
};

function patchShape(
  { platform, architecture, launchTime }: InstanceRecord,
  { name, classification, state, installedTime }: PatchRecord,
): PatchComplianceData {
  return {
    Title: name,
    KBId: platform === 'windows' ? name : `${name}.${architecture}`,
    Classification: classification,
    Severity: 'Unspecified',
    State: state,
    InstalledTime: new Date(state === 'MISSING' ? 0 : (installedTime ?? launchTime)),
  };
}

/** Filters write states as `Missing`, responses as `MISSING`. */
const plain = (text: string) => text.replaceAll('_', '').toLowerCase();

function testOf({ Key = '', Values = [] }: PatchOrchestratorFilter): (patch: PatchComplianceData) => boolean {
  if (Key !== 'Classification' && Key !== 'KBId' && Key !== 'Severity' && Key !== 'State') {
    throw new AwsError(
      'InvalidFilter',
      `The filter name is not valid: ${Key}. Verify the filter and try again.`,
    );
  }
  return (patch) => Values.some((value) => plain(value) === plain(patch[Key] ?? ''));
}
