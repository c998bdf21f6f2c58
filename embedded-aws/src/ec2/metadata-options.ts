import type { InstanceMetadataOptionsRequest } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { ImageRecord, MetadataDefaults } from './records.ts';
import { checkOneOf } from './refusals.ts';

/** The account's default metadata options for launches in this region. */
export function metadataDefaults({ world, account, region }: Call): MetadataDefaults {
  return world.metadataDefaults.get(`${account}/${region}`) ?? {};
}

export function checkMetadataOptions(asked: InstanceMetadataOptionsRequest): InstanceMetadataOptionsRequest {
  const hopLimit = asked.HttpPutResponseHopLimit;
  if (hopLimit !== undefined && !(Number.isInteger(hopLimit) && hopLimit >= 1 && hopLimit <= 64)) {
    throw invalidParameter(
      `Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid. Expecting a value between 1 and 64.`,
    );
  }
  checkOneOf('HttpTokens', asked.HttpTokens, ['optional', 'required']);
  checkOneOf('HttpEndpoint', asked.HttpEndpoint, ['enabled', 'disabled']);
  checkOneOf('HttpProtocolIpv6', asked.HttpProtocolIpv6, ['enabled', 'disabled']);
  checkOneOf('InstanceMetadataTags', asked.InstanceMetadataTags, ['enabled', 'disabled']);
  return asked;
}

/**
 * For each option, the first of these applies: the launch, the account defaults, the image (only tokens and
 * hop limit), EC2's default (EC2 user guide, Configure instance metadata options). An account that enforces
 * tokens refuses a launch with optional tokens.
 */
export function resolveMetadataOptions(
  given: InstanceMetadataOptionsRequest | undefined,
  { imdsSupport }: ImageRecord,
  call: Call,
): InstanceMetadataOptionsRequest {
  const asked = checkMetadataOptions(given ?? {});
  const account = metadataDefaults(call);
  const isV2 = imdsSupport === 'v2.0';
  const HttpTokens = asked.HttpTokens ?? account.httpTokens ?? (isV2 ? 'required' : 'optional');
  if (account.httpTokensEnforced === 'enabled' && HttpTokens !== 'required') {
    throw new AwsError(
      'UnsupportedOperation',
      "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account. Either launch the instance with httpTokens=required or contact your account owner to disable httpTokensEnforced using the ModifyInstanceMetadataDefaults API or the account settings in the EC2 console.",
    );
  }
  return {
    HttpTokens,
    HttpPutResponseHopLimit:
      asked.HttpPutResponseHopLimit ?? account.httpPutResponseHopLimit ?? (isV2 ? 2 : 1),
    HttpEndpoint: asked.HttpEndpoint ?? account.httpEndpoint ?? 'enabled',
    HttpProtocolIpv6: asked.HttpProtocolIpv6 ?? 'disabled',
    InstanceMetadataTags: asked.InstanceMetadataTags ?? account.instanceMetadataTags ?? 'disabled',
  };
}
