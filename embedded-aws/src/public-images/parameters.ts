import type { ImageRecord } from '../ec2/records.ts';
import { parameterId } from '../ssm/parameter-names.ts';
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
