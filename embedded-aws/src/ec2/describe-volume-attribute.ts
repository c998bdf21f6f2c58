import type {
  DescribeVolumeAttributeCommandInput,
  DescribeVolumeAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { ownVolume } from './volumes.ts';

export const describeVolumeAttribute: Operation<
  DescribeVolumeAttributeCommandInput,
  DescribeVolumeAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'VolumeId'],
  run(input, call) {
    const { Attribute, VolumeId } = input;
    if (Attribute === undefined) throw missingParameter('Attribute');
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    checkOneOf('attribute', Attribute, ['autoEnableIO', 'productCodes']);
    const volume = ownVolume(call, VolumeId);
    checkDryRun(input);
    return Attribute === 'productCodes'
      ? { VolumeId, ProductCodes: [] }
      : { VolumeId, AutoEnableIO: { Value: volume.autoEnableIo ?? false } };
  },
};
