import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError, missingParameter, notEmulated } from '../core/errors.ts';
import { missingMember, parseJson, readJson, writeJson } from './json.ts';
import type { OperationModel, ProtocolName, ServiceModel } from './models.ts';
import { type QueryDialect, readQuery } from './query.ts';
import { readTimestamp } from './scalars.ts';
import { element, escapeXml, writeMembers } from './xml.ts';

export interface WireRequest {
  readonly method: string;
  /** The path, still escaped, without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Headers by name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Parsed {
  readonly operation: OperationModel;
  readonly input: Record<string, unknown>;
}

/** A wire protocol of AWS. The schemas in the service's model drive it. */
export interface Protocol {
  parse(request: WireRequest, service: ServiceModel): Parsed;
  answer(
    service: ServiceModel,
    operation: OperationModel,
    output: Readonly<Record<string, unknown>>,
    requestId: string,
  ): WireResponse;
  refuse(service: ServiceModel, error: AwsError, requestId: string): WireResponse;
}

export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  ec2Query: query('ec2Query'),
  awsQuery: query('awsQuery'),
  awsJson1_0: awsJson('application/x-amz-json-1.0'),
  awsJson1_1: awsJson('application/x-amz-json-1.1'),
  restJson1: restJson(),
};

/** EC2 query and AWS query: the request is a form, the response is XML. */
function query(dialect: QueryDialect): Protocol {
  const respond = (status: number, body: string, requestId: string): WireResponse => ({
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  });
  return {
    parse({ method, query: address, body }, service) {
      const form = method === 'GET' ? address : new URLSearchParams(body);
      const action = form.get('Action');
      if (action === null) {
        throw new AwsError('MissingAction', 'The request is missing an action or a required parameter.');
      }
      const operation = service.operations.get(action);
      if (operation === undefined) {
        throw new AwsError(
          'InvalidAction',
          `The action ${action.slice(0, 200)} is not valid for this web service.`,
        );
      }
      const version = form.get('Version');
      if (version === null) throw missingParameter('Version');
      if (version !== service.version) {
        throw new AwsError(
          'NoSuchVersion',
          `The requested version (${version.slice(0, 200)}) of service ${service.target} does not exist`,
        );
      }
      return { operation, input: readQuery(form, operation.input, dialect) };
    },
    answer(service, { name, output: schema }, output, requestId) {
      const members = schema.isStructSchema() ? writeMembers(schema, output) : '';
      const xmlns = ` xmlns="${service.xmlNamespace.replace(/\/?$/, '/')}"`;
      const id = escapeXml(requestId);
      const content =
        dialect === 'ec2Query'
          ? element('requestId', id) + members
          : element(`${name}Result`, members) + element('ResponseMetadata', element('RequestId', id));
      return respond(200, element(`${name}Response`, content, xmlns), requestId);
    },
    refuse(service, { code, message, httpStatus }, requestId) {
      const texts = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
      const id = escapeXml(requestId);
      const body =
        dialect === 'ec2Query'
          ? element('Response', element('Errors', element('Error', texts)) + element('RequestID', id))
          : element(
              'ErrorResponse',
              element('Error', element('Type', httpStatus < 500 ? 'Sender' : 'Receiver') + texts) +
                element('RequestId', id),
              ` xmlns="${service.xmlNamespace}"`,
            );
      return respond(httpStatus, body, requestId);
    },
  };
}

/** An error in REST-XML, the protocol of S3. */
export function refuseInXml({ code, message, httpStatus }: AwsError, requestId: string): WireResponse {
  const texts = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  return {
    status: httpStatus,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', texts + element('RequestId', escapeXml(requestId)))}`,
  };
}

/** AWS JSON: a header names the operation. */
function awsJson(contentType: string): Protocol {
  return {
    parse({ headers, body }, service) {
      const [prefix, name = ''] = (headers['x-amz-target'] ?? '').split('.');
      const operation = prefix === service.target ? service.operations.get(name) : undefined;
      if (operation === undefined) throw new AwsError('UnknownOperationException', '');
      const input = readJson(parseJson(body), operation.input) as Record<string, unknown>;
      // Services that used AWS query before have their own texts for missing members.
      if (!service.queryCompatible) checkRequired(input, operation.input);
      return { operation, input };
    },
    answer: (_service, { output: schema }, output, requestId) => ({
      status: 200,
      headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
      // An operation without output has an empty body.
      body: schema.isUnitSchema() ? '' : JSON.stringify(writeJson(output, schema)),
    }),
    refuse: (service, error, requestId) => ({
      status: error.httpStatus,
      headers: {
        'content-type': contentType,
        'x-amzn-requestid': requestId,
        ...(service.queryCompatible && { 'x-amzn-query-error': `${error.code};${faultOf(error)}` }),
      },
      body: JSON.stringify({
        __type: typeOf(service, error),
        message: error.message,
        ...details(service, error),
      }),
    }),
  };
}

/** The party at fault, for the header of services that used AWS query before. */
const faultOf = ({ httpStatus }: AwsError) => (httpStatus < 500 ? 'Sender' : 'Receiver');

/** The name of an error: its code, unless the code comes from AWS query. */
function typeOf({ name, queryCompatible, errors }: ServiceModel, { code }: AwsError): string {
  if (!queryCompatible) return code;
  const modelled = [...errors].find(
    ([, schema]) => (schema.getMergedTraits() as { awsQueryError?: [string] }).awsQueryError?.[0] === code,
  );
  if (modelled !== undefined || errors.has(code)) return `com.amazonaws.${name}#${modelled?.[0] ?? code}`;
  // Errors that the service does not model (recorded responses of SQS in localstack/localstack).
  const names: Readonly<Record<string, string>> = { MissingParameter: 'MissingRequiredParameterException' };
  return `com.amazon.coral.service#${names[code] ?? `${code}Exception`}`;
}

/**
 * REST-JSON: method, path and query contain the operation and a part of the input. The body contains the
 * other part as JSON.
 */
function restJson(): Protocol {
  const headersOf = (requestId: string) => ({
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
  });
  return {
    parse(request, service) {
      for (const operation of service.operations.values()) {
        const labels = labelsOf(request, operation);
        if (labels === undefined) continue;
        const input = readBound(request, operation.input, labels);
        checkRequired(input, operation.input);
        return { operation, input };
      }
      throw new AwsError('UnknownOperationException', '', 404);
    },
    answer(_service, { output: schema, http }, output, requestId) {
      const { status = http?.[2] ?? 200, headers, body } = writeBound(output, schema);
      return {
        status,
        headers: { ...headersOf(requestId), ...headers },
        body: status === 204 ? '' : body,
      };
    },
    refuse(service, error, requestId) {
      const modelled = service.errors.get(error.code)?.getMergedTraits().httpError;
      return {
        status: typeof modelled === 'number' ? modelled : error.httpStatus,
        headers: { ...headersOf(requestId), 'x-amzn-errortype': error.code },
        body: JSON.stringify({ Message: error.message, ...details(service, error) }),
      };
    },
  };
}

/**
 * The values of a path template such as `/schedules/{Name}`; `undefined` if the request does not match the template.
 */
function labelsOf({ method, path }: WireRequest, { http }: OperationModel): Map<string, string> | undefined {
  if (http === undefined || http[0] !== method) return undefined;
  const wanted = http[1].split('/');
  // Older clients append a slash to some paths.
  const given = path.replace(/(?<=[^/])\/$/, '').split('/');
  // An escaped ARN is one part of the path.
  if (wanted.length !== given.length) return undefined;
  const labels = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    const [, label] = /^\{(\w+)\+?\}$/.exec(part) ?? [];
    const text = given[index] ?? '';
    if (label === undefined) {
      if (text !== part) return undefined;
    } else {
      if (text === '') return undefined;
      labels.set(label, unescaped(text));
    }
  }
  return labels;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('SerializationException', `The path has a malformed escape: ${text.slice(0, 100)}`);
  }
}

function readBound(
  { query: address, headers, body }: WireRequest,
  schema: NormalizedSchema,
  labels: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const bound: Record<string, unknown> = {};
  const names = new Set<string>();
  let isPayload = false;
  for (const [name, member] of schema.structIterator()) {
    const { httpLabel, httpQuery, httpHeader, httpPayload } = member.getMemberTraits();
    if (httpPayload !== undefined) {
      isPayload = true;
      if (body !== '') bound[name] = new TextEncoder().encode(body);
    }
    if (httpLabel === undefined && httpQuery === undefined && httpHeader === undefined) continue;
    names.add(name);
    const key = String(httpQuery);
    if (httpQuery !== undefined) names.add(key);
    const one = httpHeader === undefined ? labels.get(name) : headers[httpHeader.toLowerCase()];
    const texts = httpQuery === undefined ? [one] : address.getAll(key);
    const values = texts
      .filter((text) => text !== undefined)
      .map((text) => readText(text, member.isListSchema() ? member.getValueSchema() : member, name));
    if (values.length > 0) bound[name] = member.isListSchema() ? values : values[0];
  }
  for (const key of new Set(address.keys())) {
    if (!names.has(key) && !key.startsWith('X-Amz-')) throw notEmulated(`the query parameter ${key}`);
  }
  if (isPayload) return bound;
  return { ...(readJson(parseJson(body), schema) as object), ...bound };
}

/** The parts of a response outside its JSON: the status, the headers, or a payload that is the whole body. */
function writeBound(
  output: Readonly<Record<string, unknown>>,
  schema: NormalizedSchema,
): { status?: number; headers: Record<string, string>; body: string } {
  if (schema.isUnitSchema()) return { headers: {}, body: '{}' };
  const headers: Record<string, string> = {};
  const inBody: Record<string, unknown> = {};
  let status: number | undefined;
  let payload: string | undefined;
  for (const [name, member] of schema.structIterator()) {
    const value = output[name];
    const { httpHeader, httpPayload, httpResponseCode } = member.getMemberTraits();
    if (httpPayload !== undefined) payload = Buffer.from((value as Uint8Array) ?? []).toString();
    else if (value === undefined) continue;
    else if (httpResponseCode !== undefined) status = Number(value);
    else if (httpHeader !== undefined) headers[httpHeader.toLowerCase()] = String(value);
    else inBody[name] = value;
  }
  const body = payload ?? JSON.stringify(writeJson(inBody, schema));
  return { ...(status === undefined ? {} : { status }), headers, body };
}

function readText(text: string, schema: NormalizedSchema, name: string): unknown {
  const value = schema.isNumericSchema()
    ? Number(text === '' ? Number.NaN : text)
    : schema.isTimestampSchema()
      ? readTimestamp(text)
      : schema.isBooleanSchema()
        ? { true: true, false: false }[text]
        : text;
  if (value === undefined || Number.isNaN(value)) {
    throw new AwsError('ValidationException', `${text.slice(0, 100)} is not a valid value for ${name}`);
  }
  return value;
}

/** The text of JSON services. */
function checkRequired(input: Record<string, unknown>, schema: NormalizedSchema): void {
  const missing = missingMember(input, schema);
  if (missing === undefined) return;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value null at '${missing}' failed to satisfy constraint: Member must not be null`,
  );
}

/** The additional members of a modelled error. */
function details(service: ServiceModel, { code, details: given }: AwsError): object {
  const schema = service.errors.get(code);
  if (schema === undefined || Object.keys(given).length === 0) return {};
  return writeJson(given, schema) as object;
}
