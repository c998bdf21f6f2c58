import type {
  ModifyInstanceMetadataDefaultsCommandInput,
  ModifyInstanceMetadataDefaultsCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { metadataDefaults } from './metadata-options.ts';
import type { MetadataDefaults } from './records.ts';
import { checkDryRun, checkOneOf, parameterCombination } from './refusals.ts';

/**
 * Options that the request does not name keep their values. `no-preference` (-1 for the hop limit) removes a
 * default.
 */
export const modifyInstanceMetadataDefaults: Operation<
  ModifyInstanceMetadataDefaultsCommandInput,
  ModifyInstanceMetadataDefaultsCommandOutput
> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'HttpEndpoint',
    'HttpPutResponseHopLimit',
    'HttpTokens',
    'HttpTokensEnforced',
    'InstanceMetadataTags',
  ],
  run(input, call) {
    const onOff = ['enabled', 'disabled', 'no-preference'] as const;
    checkHopLimit(input.HttpPutResponseHopLimit);
    const asked = {
      httpTokens: checkOneOf('HttpTokens', input.HttpTokens, ['optional', 'required', 'no-preference']),
      httpPutResponseHopLimit: input.HttpPutResponseHopLimit,
      httpEndpoint: checkOneOf('HttpEndpoint', input.HttpEndpoint, onOff),
      instanceMetadataTags: checkOneOf('InstanceMetadataTags', input.InstanceMetadataTags, onOff),
      httpTokensEnforced: checkOneOf('HttpTokensEnforced', input.HttpTokensEnforced, onOff),
    };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    if (given.length === 0) throw parameterCombination('No metadata defaults specified.');
    checkDryRun(input);
    const defaults = Object.entries({ ...metadataDefaults(call), ...Object.fromEntries(given) }).filter(
      ([, value]: [string, unknown]) => value !== 'no-preference' && value !== noHopLimit,
    );
    call.world.metadataDefaults.set(
      `${call.account}/${call.region}`,
      Object.fromEntries(defaults) as MetadataDefaults,
    );
    return { Return: true };
  },
};

const noHopLimit = -1;

function checkHopLimit(hopLimit: number | undefined): void {
  if (hopLimit === undefined || hopLimit === noHopLimit) return;
  if (Number.isInteger(hopLimit) && hopLimit >= 1 && hopLimit <= 64) return;
  throw invalidParameter(
    `Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid. Expecting -1 or a value between 1 and 64.`,
  );
}
