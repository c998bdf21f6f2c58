import type {
  ModifyInstanceMetadataOptionsCommandInput,
  ModifyInstanceMetadataOptionsCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { livingInstance } from './instance-attributes.ts';
import { putInstance } from './lifecycle.ts';
import { checkMetadataOptions, metadataDefaults } from './metadata-options.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { checkMetadataTagKeys } from './tagging.ts';

export const modifyInstanceMetadataOptions: Operation<
  ModifyInstanceMetadataOptionsCommandInput,
  ModifyInstanceMetadataOptionsCommandOutput
> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'HttpEndpoint',
    'HttpProtocolIpv6',
    'HttpPutResponseHopLimit',
    'HttpTokens',
    'InstanceId',
    'InstanceMetadataTags',
  ],
  run(input, call) {
    const { InstanceId, DryRun: _dryRun, ...options } = input;
    if (InstanceId === undefined) throw missingParameter('instanceId');
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length === 0) throw parameterCombination('No metadata options specified.');
    checkMetadataOptions(options);
    const instance = livingInstance(call, InstanceId);
    if (options.HttpTokens === 'optional' && metadataDefaults(call).httpTokensEnforced === 'enabled') {
      throw new AwsError(
        'UnsupportedOperation',
        "You can't set httpTokens to optional because httpTokensEnforced is enabled for this account. Contact your account owner to disable httpTokensEnforced using the ModifyInstanceMetadataDefaults API or the account settings in the EC2 console.",
      );
    }
    if (options.InstanceMetadataTags === 'enabled') checkMetadataTagKeys(instance.tags);
    checkDryRun(input);
    const metadataOptions = { ...instance.metadataOptions, ...given };
    putInstance(call.world, { ...instance, metadataOptions }, call.now);
    return { InstanceId, InstanceMetadataOptions: { State: 'pending', ...metadataOptions } };
  },
};
