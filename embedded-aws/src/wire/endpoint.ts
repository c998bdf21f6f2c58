import { AwsError, notEmulated } from '../core/errors.ts';
import type { Answer } from '../core/service.ts';
import type { ServiceModel } from './models.ts';
import { models } from './models.ts';
import { protocols, refuseInXml, type WireRequest, type WireResponse } from './protocols.ts';

/**
 * The scope of a request's signature: who signed it, for which service and region. The signature itself is not
 * checked.
 */
export interface Scope {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
  /** The session token of temporary credentials. */
  readonly sessionToken?: string;
}

/** A call that arrived over the wire, ready to be performed. */
export interface WireCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly accessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
}

export interface EndpointOptions {
  /** Performs a call. Returns the response or a promise of it, or throws an `AwsError`. */
  readonly perform: (call: WireCall) => Answer;
  readonly requestId: () => string;
  /** Called with an error that is not an `AwsError`, which should never happen. The caller gets InternalFailure. */
  readonly onSurprise: (error: unknown) => void;
  /**
   * The time in the header `Date`, from which the SDK corrects its clock. Default: the computer's time. Callers with the world's clock need
   * the world's time: otherwise the SDK takes the first error for a wrong clock, and repeats the call.
   */
  readonly now?: () => Date;
}

/**
 * Answers requests as AWS's endpoints do, for all services and regions at one address. Every request gets a response
 * in the protocol of its service, if the service can be determined.
 */
export function createEndpoint({ perform, requestId, onSurprise }: EndpointOptions) {
  return async (request: WireRequest): Promise<WireResponse> => {
    const id = requestId();
    const scope = scopeOf(request);
    if (scope !== undefined && modelOf(scope) === undefined) return refuseNotEmulated(request, scope, id);
    const service = serviceOf(request);
    const protocol = protocols[service.protocol];
    try {
      if (scope === undefined) throw missingCredentials(service);
      checkRegion(scope);
      const { operation, input } = protocol.parse(request, service);
      const { service: _signed, ...caller } = scope;
      const output = await perform({ service: service.name, operation: operation.name, input, ...caller });
      return protocol.answer(service, operation, output, id);
    } catch (error) {
      if (error instanceof AwsError) return protocol.refuse(service, withServiceCode(service, error), id);
      onSurprise(error);
      const failure = new AwsError('InternalFailure', 'An internal error has occurred', 500);
      return protocol.refuse(service, failure, id);
    }
  };
}

/** Refuses a request that cannot be read, in the protocol of its service. */
export function refuseUnread(request: WireRequest, error: AwsError, id: string): WireResponse {
  const service = serviceOf(request);
  return protocols[service.protocol].refuse(service, error, id);
}

const modelOf = ({ service }: Scope): ServiceModel | undefined =>
  models.find(({ signingName }) => signingName === service);

/**
 * Refuses a service that is not emulated in the form that its clients most likely read: that of S3, or the form of
 * the request.
 */
function refuseNotEmulated(
  { method, headers, query }: WireRequest,
  { service }: Scope,
  id: string,
): WireResponse {
  const error = notEmulated(`the service ${service.slice(0, 60)}`);
  if (service === 's3') return refuseInXml(error, id);
  const isForm =
    /form-urlencoded/.test(headers['content-type'] ?? '') || (method === 'GET' && query.has('Action'));
  const form = headers['x-amz-target'] !== undefined ? 'awsJson1_1' : isForm ? 'awsQuery' : 'restJson1';
  return protocols[form].refuse({ ...ec2, xmlNamespace: '' }, error, id);
}

const authFailure = () =>
  new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);

/** The services' codes for invalid credentials. STS, EC2 and the JSON services use different codes. */
const credentialErrors: Readonly<Record<string, { readonly ec2: AwsError; readonly json: string }>> = {
  InvalidClientTokenId: { ec2: authFailure(), json: 'UnrecognizedClientException' },
  ExpiredToken: {
    ec2: new AwsError('RequestExpired', 'Request has expired.'),
    json: 'ExpiredTokenException',
  },
};

function withServiceCode({ protocol }: ServiceModel, error: AwsError): AwsError {
  const codes = credentialErrors[error.code];
  if (codes === undefined || protocol === 'awsQuery') return error;
  return protocol === 'ec2Query' ? codes.ec2 : new AwsError(codes.json, error.message);
}

const ec2 = models.find(({ name }) => name === 'ec2') as ServiceModel;

/** The service of a request: by its signature, otherwise by its form. Default: EC2. */
function serviceOf(request: WireRequest): ServiceModel {
  const scope = scopeOf(request);
  const target = request.headers['x-amz-target']?.split('.')[0];
  const version =
    new URLSearchParams(request.body.slice(0, 10_000)).get('Version') ?? request.query.get('Version');
  return (
    (scope && modelOf(scope)) ??
    models.find((model) => target !== undefined && model.target === target) ??
    models.find((model) => model.protocol.endsWith('Query') && model.version === version) ??
    ec2
  );
}

/** `AKID/20261121/us-east-1/ec2/aws4_request`, in a header or in the query. */
function scopeOf({ headers, query }: WireRequest): Scope | undefined {
  const [, inHeader] = /Credential=([^,\s]+)/.exec(headers.authorization ?? '') ?? [];
  const credential = inHeader ?? query.get('X-Amz-Credential') ?? '';
  const parts = credential.split('/');
  // An asymmetric signature is valid in several regions, which are listed in a header.
  const [accessKey = '', , region = '', service = ''] =
    parts.length === 4 ? [parts[0], '', headers['x-amz-region-set']?.split(',')[0] ?? '', parts[2]] : parts;
  if (accessKey === '' || service === '') return undefined;
  const sessionToken = headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined;
  return { accessKey, region, service, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function missingCredentials({ protocol }: ServiceModel): AwsError {
  return protocol === 'ec2Query'
    ? authFailure()
    : new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
}

function checkRegion({ region }: Scope): void {
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      `The scope of the signature names no region: ${region.slice(0, 60)}`,
      403,
    );
  }
}
