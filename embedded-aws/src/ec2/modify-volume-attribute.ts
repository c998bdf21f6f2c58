import type {
  ModifyVolumeAttributeCommandInput,
  ModifyVolumeAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';
import { ownVolume, putVolume } from './volumes.ts';

export const modifyVolumeAttribute: Operation<
  ModifyVolumeAttributeCommandInput,
  ModifyVolumeAttributeCommandOutput
> = {
  kind: 'write',
  accepts: ['AutoEnableIO.Value', 'DryRun', 'VolumeId'],
  run(input, call) {
    const { VolumeId, AutoEnableIO } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    if (AutoEnableIO?.Value === undefined) throw missingParameter('AutoEnableIO.Value');
    const volume = ownVolume(call, VolumeId);
    checkDryRun(input);
    putVolume(call.world, { ...volume, autoEnableIo: AutoEnableIO.Value }, call.now);
    return {};
  },
};
