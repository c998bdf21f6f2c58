import { createHash } from 'node:crypto';
import type { Parameter } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { emit } from '../eventbridge/emit.ts';
import { isPublicName, parameterArn, parameterId, readableName } from './parameter-names.ts';
import type { ParameterRecord, ParameterVersionRecord } from './records.ts';
import { checkSecureKey } from './secure-key.ts';

/** A parameter version that a request names, and its selector (`:3`, `:label`). */
export interface FoundParameter {
  readonly parameter: ParameterRecord;
  readonly version: ParameterVersionRecord;
  readonly selector?: string;
  /** The name in the request. Missing if the request used an ARN. */
  readonly requestedName?: string;
}

/** All stored versions of a parameter, oldest first. */
export function versionsOf(parameter: ParameterRecord): readonly ParameterVersionRecord[] {
  const {
    id: _id,
    account: _account,
    region: _region,
    name: _name,
    earlier = [],
    tags: _tags,
    ...newest
  } = parameter;
  return [...earlier, newest];
}

/** A copy of the parameter with other versions. The newest version is the current version. */
export function withVersions(
  { id, account, region, name, tags }: Omit<ParameterRecord, keyof ParameterVersionRecord | 'earlier'>,
  versions: readonly ParameterVersionRecord[],
): ParameterRecord {
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error(`the parameter ${name} has no version`);
  return { id, account, region, name, ...newest, earlier: versions.slice(0, -1), ...(tags && { tags }) };
}

/**
 * A public parameter or a parameter of the caller, by name or ARN, optionally with `:version` or
 * `:label`. Returns `undefined` if the parameter does not exist. Refuses an unknown version or
 * label.
 */
export function selectParameter(call: Call, requested: string): FoundParameter | undefined {
  const bare = bareName(call, requested);
  if (bare === undefined) return undefined;
  const [name = '', selector, ...more] = bare.split(':');
  if (more.length > 0) {
    throw new AwsError(
      'ValidationException',
      'Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>',
    );
  }
  // When the request names the parameter, the response repeats that name, with or without a slash
  // (localstack/localstack, test_ssm.py).
  const asName = requested.startsWith('arn:') ? {} : { requestedName: readableName(name) };
  const parameter = seenParameter(call, name.trim());
  if (parameter === undefined) return undefined;
  if (selector === undefined) return { parameter, version: parameter, ...asName };
  const isNumber = /^\d+$/.test(selector);
  const version = versionsOf(parameter).find((candidate) =>
    isNumber ? candidate.version === Number(selector) : candidate.labels?.includes(selector),
  );
  if (version === undefined) {
    throw isNumber ? versionNotFound(name, Number(selector)) : labelNotFound(name, selector);
  }
  return { parameter, version, selector: `:${selector}`, ...asName };
}

/**
 * The name in a request without the rest of its ARN. An ARN has a slash before every name, including
 * names without a leading slash. `undefined` for a parameter of another account.
 */
function bareName(call: Call, requested: string): string | undefined {
  if (!requested.startsWith('arn:')) return requested;
  const [, region, account, name] = /^arn:aws:ssm:([^:]*):([^:]*):parameter\/(.+)$/.exec(requested) ?? [];
  if (name === undefined || region !== call.region) return undefined;
  if (account !== call.account && account !== '') return undefined;
  const [path = ''] = name.split(':');
  return seenParameter(call, `/${path}`) === undefined ? name : `/${name}`;
}

function seenParameter({ world, account, region, now }: Call, name: string): ParameterRecord | undefined {
  return world.parameters.seen(parameterId(isPublicName(name) ? '' : account, region, name), now);
}

/** The current state of a parameter of the caller, for a change. */
export function ownParameter({ world, account, region }: Call, name: string): ParameterRecord {
  if (isPublicName(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  const parameter = world.parameters.get(parameterId(account, region, name));
  if (parameter === undefined) throw parameterNotFound();
  return parameter;
}

/** The error of SSM for a missing parameter has an empty message. */
export const parameterNotFound = () => new AwsError('ParameterNotFound', '');

export const versionNotFound = (name: string, version: number) =>
  new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );

const labelNotFound = (name: string, label: string) =>
  new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find label ${label} of parameter ${name}. Verify the label and try again.`,
  );

export function parameterShape(
  call: Call,
  { parameter, version, selector, requestedName = parameter.name }: FoundParameter,
  withDecryption: boolean | undefined,
): Parameter {
  return {
    Name: requestedName,
    Type: version.type,
    Value: shownValue(call, parameter, version, withDecryption),
    Version: version.version,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: new Date(version.lastModified),
    ARN: parameterArn(parameter),
    DataType: version.dataType,
  };
}

/** A SecureString is shown encrypted, unless the caller asks for decryption. */
export function shownValue(
  call: Call,
  { id }: ParameterRecord,
  { type, value, version, keyId }: ParameterVersionRecord,
  withDecryption: boolean | undefined,
): string {
  if (type !== 'SecureString') return value;
  if (withDecryption === true) {
    if (keyId !== undefined) checkSecureKey(call, keyId, 'Decrypt');
    return value;
  }
  const blob = createHash('sha512').update(`${id}:${version}`).digest('base64');
  return `AQICAHh${blob.replaceAll('=', '')}=`;
}

/** Sends an event to EventBridge: a parameter changed, or the validation of its value failed. */
export function emitChange(
  world: World,
  { account, region, name }: Pick<ParameterRecord, 'account' | 'region' | 'name'>,
  { type, dataType, description }: ParameterVersionRecord,
  operation: 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion',
  time: number,
  exception?: string,
): void {
  emit(world, {
    account,
    region,
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    resources: [parameterArn({ account, region, name })],
    time,
    detail: {
      ...(exception === undefined ? {} : { exception }),
      ...(dataType === 'text' ? {} : { dataType }),
      name,
      type,
      // The event of a failed validation has no description (Systems Manager user guide, Native
      // parameter support for AMI IDs).
      ...(description === undefined || exception !== undefined ? {} : { description }),
      operation,
    },
  });
}
