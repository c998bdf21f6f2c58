import { AwsError } from '../aws/errors.ts';
import type { ServiceModel } from './models.ts';
import { models } from './models.ts';
import { protocols, type WireRequest, type WireResponse } from './protocols.ts';

/** Who signed a request, for which service and region: the scope of the signature. The signature itself is not checked. */
export interface Scope {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
}

/** A call as it came over the wire, ready to be performed. */
export interface WireCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly accessKey: string;
  readonly region: string;
}

export interface EndpointOptions {
  /** Performs a call at once, or throws an `AwsError`. */
  readonly perform: (call: WireCall) => Record<string, unknown>;
  readonly requestId: () => string;
  /** Is told of what should never happen: an error that is none of AWS's. The caller is answered InternalFailure. */
  readonly onSurprise: (error: unknown) => void;
}

/**
 * Answers requests as AWS's endpoints do, all services and regions at one address. Every request gets an answer in the protocol of
 * the service that it is meant for, as far as that can be told.
 */
export function createEndpoint({ perform, requestId, onSurprise }: EndpointOptions) {
  return (request: WireRequest): WireResponse => {
    const id = requestId();
    const service = serviceOf(request);
    const protocol = protocols[service.protocol];
    try {
      const scope = scopeOf(request);
      if (scope === undefined) throw missingCredentials(service);
      checkScope(scope, service);
      const { operation, input } = protocol.parse(request, service);
      const { accessKey, region } = scope;
      const output = perform({ service: service.name, operation: operation.name, input, accessKey, region });
      return protocol.answer(service, operation, output, id);
    } catch (error) {
      if (error instanceof AwsError) return protocol.refuse(service, error, id);
      onSurprise(error);
      const failure = new AwsError('InternalFailure', 'An internal error has occurred', 500);
      return protocol.refuse(service, failure, id);
    }
  };
}

/** Refuses a request that cannot be read at all, in the form that suits its service. */
export function refuseUnread(request: WireRequest, error: AwsError, id: string): WireResponse {
  const service = serviceOf(request);
  return protocols[service.protocol].refuse(service, error, id);
}

const ec2 = models.find(({ name }) => name === 'ec2') as ServiceModel;

/** The service that a request is meant for: by its signature, else by what it looks like; EC2 when nothing tells. */
function serviceOf(request: WireRequest): ServiceModel {
  const scope = scopeOf(request);
  const target = request.headers['x-amz-target']?.split('.')[0];
  const version =
    new URLSearchParams(request.body.slice(0, 10_000)).get('Version') ?? request.query.get('Version');
  return (
    models.find(({ signingName }) => signingName === scope?.service) ??
    models.find((model) => target !== undefined && model.target === target) ??
    models.find((model) => model.protocol.endsWith('Query') && model.version === version) ??
    ec2
  );
}

/** `AKID/20261121/us-east-1/ec2/aws4_request`, in a header or in the address. */
function scopeOf({ headers, query }: WireRequest): Scope | undefined {
  const [, inHeader] = /Credential=([^,\s]+)/.exec(headers.authorization ?? '') ?? [];
  const credential = inHeader ?? query.get('X-Amz-Credential') ?? '';
  const parts = credential.split('/');
  // An asymmetric signature is valid in several regions, which a header names.
  const [accessKey = '', , region = '', service = ''] =
    parts.length === 4 ? [parts[0], '', headers['x-amz-region-set']?.split(',')[0] ?? '', parts[2]] : parts;
  if (accessKey === '' || service === '') return undefined;
  return { accessKey, region, service };
}

function missingCredentials({ protocol }: ServiceModel): AwsError {
  return protocol === 'ec2Query'
    ? new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
    : new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
}

function checkScope({ region, service }: Scope, model: ServiceModel): void {
  if (service !== model.signingName) {
    throw new AwsError(
      'NotEmulated',
      `the service ${service.slice(0, 60)} is not emulated; docs/embedded-aws.md lists what is`,
      501,
    );
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      `The scope of the signature names no region: ${region.slice(0, 60)}`,
      403,
    );
  }
}
