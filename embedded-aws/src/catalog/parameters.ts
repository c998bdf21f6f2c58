import type { ImageRecord } from '../ec2/records.ts';
import type { ParameterRecord } from '../ssm/records.ts';

/**
 * A public SSM parameter that names the newest image of its kind. Its ARN contains no account
 * (`arn:aws:ssm:<region>::parameter/aws/service/…`), and its record has an empty account.
 */
export function publicParameter(name: string, { id, region, creationDate }: ImageRecord): ParameterRecord {
  return {
    id: parameterId('', region, name),
    account: '',
    region,
    name,
    type: 'String',
    dataType: 'text',
    value: id,
    version: 1,
    lastModified: creationDate,
  };
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
