import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';

/** The path of AWS's public parameters. These parameters belong to no account and are read-only. */
const publicPath = '/aws/service/';

export const isPublicName = (name: string) => `${name}/`.startsWith(publicPath);

const levelsMax = 15;
/**
 * The maximum length of a parameter's ARN, which includes the name (Systems Manager API reference,
 * PutParameter).
 */
const arnLengthMax = 1011;

/**
 * Validates the name of a parameter for a write. Returns the name in the form that Parameter Store
 * keeps.
 */
export function writableName(given: string, { account, region }: Pick<Call, 'account' | 'region'>): string {
  const name = given.trim();
  const isPath = name.includes('/');
  if (/^\/aws\/./i.test(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw invalidName(
      /^\/?ssm.*\//i.test(name)
        ? `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${pathForm}`
        : 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (isPath && !name.startsWith('/')) throw invalidName('Parameter name must be a fully qualified name.');
  if (!/^\/?[\w.-]+(\/[\w.-]+)*$/.test(name)) {
    throw invalidName(
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). ${pathForm}`,
    );
  }
  if (name.split('/').length - (name.startsWith('/') ? 1 : 0) > levelsMax) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names.',
    );
  }
  if (parameterArn({ account, region, name }).length > arnLengthMax) {
    throw invalidName(
      `Parameter name exceeds the maximum length of ${arnLengthMax} characters, its ARN included.`,
    );
  }
  return canonicalName(name);
}

/**
 * Validates the name of a parameter for a read. Removes surrounding spaces (Systems Manager API
 * reference, GetParameter). Refuses a path without a leading slash and invalid characters
 * (localstack/localstack, test_ssm.py, checked against AWS).
 */
export function readableName(given: string): string {
  const name = given.trim();
  if (/^(\/[\w.-]+)+$/.test(name) || /^[\w.-]+$/.test(name)) return name;
  throw invalidName(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${pathForm}`);
}

const pathForm =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of ' +
  'letters, numbers and the following 3 symbols .-_';

const invalidName = (message: string) => new AwsError('ValidationException', message);

/** The ARN of a parameter. The ARN of a public parameter has no account. */
export function parameterArn({
  account,
  region,
  name,
}: {
  account: string;
  region: string;
  name: string;
}): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

/**
 * Validates a path of a filter or of GetParametersByPath. Returns the path without a trailing
 * slash.
 */
export function checkedPath(path: string): string {
  if (!/^\/([\w.-]+\/)*[\w.-]*$/.test(path)) {
    throw invalidName(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". ' +
        'It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following ' +
        'symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, ' +
        'must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    );
  }
  return path.replace(/\/$/, '');
}

/** Whether a parameter is under a path: directly, or at any depth with `recursive`. */
export function isUnder(name: string, path: string, recursive: boolean): boolean {
  // A name without a leading slash is at the root.
  const full = name.startsWith('/') ? name : `/${name}`;
  if (!full.startsWith(`${path}/`)) return false;
  return recursive || !full.slice(path.length + 1).includes('/');
}

/** The key of a parameter's record. Parameter names are unique per account and region. */
export function parameterId(account: string, region: string, name: string): string {
  return `${account}/${region}/${canonicalName(name)}`;
}

/**
 * The name that Parameter Store keeps. `/name` and `name` are one parameter, kept without the slash (Systems Manager user guide,
 * Requirements and constraints for parameter names; hashicorp/terraform-provider-aws#49339).
 */
export const canonicalName = (name: string) => name.replace(/^\/(?=[^/]+$)/, '');
