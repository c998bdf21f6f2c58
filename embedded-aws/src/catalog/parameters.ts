import type { ImageRecord } from '../ec2/records.ts';
import type { ParameterRecord } from '../ssm/records.ts';

/**
 * A public SSM parameter that names the newest image of its kind. Its ARN has no account
 * (`arn:aws:ssm:<region>::parameter/aws/service/…`), and so has its record.
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

/** Parameters are named anew in every account and region; this is the key of their record. */
export function parameterId(account: string, region: string, name: string): string {
  return `${account}/${region}/${canonicalName(name)}`;
}

/**
 * The name that Parameter Store keeps. `/name` and `name` are one parameter, kept without the slash (Systems Manager user guide,
 * Requirements and constraints for parameter names; hashicorp/terraform-provider-aws#49339).
 */
export const canonicalName = (name: string) => name.replace(/^\/(?=[^/]+$)/, '');
