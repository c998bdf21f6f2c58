import type {
  GetInstanceMetadataDefaultsCommandInput,
  GetInstanceMetadataDefaultsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { metadataDefaults } from './metadata-options.ts';
import { checkDryRun } from './refusals.ts';

export const getInstanceMetadataDefaults: Operation<
  GetInstanceMetadataDefaultsCommandInput,
  GetInstanceMetadataDefaultsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    const defaults = metadataDefaults(call);
    return {
      AccountLevel: {
        HttpTokens: defaults.httpTokens,
        HttpPutResponseHopLimit: defaults.httpPutResponseHopLimit,
        HttpEndpoint: defaults.httpEndpoint,
        InstanceMetadataTags: defaults.instanceMetadataTags,
        HttpTokensEnforced: defaults.httpTokensEnforced,
        ManagedBy: 'account',
      },
    };
  },
};
