/** The parts of an ARN. The resource part may contain colons. */
export interface Arn {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function readArn(text: string): Arn | undefined {
  const [, service = '', region = '', account = '', resource = ''] =
    /^arn:aws[\w-]*:([^:]+):([^:]*):([^:]*):(.+)$/.exec(text) ?? [];
  return service === '' ? undefined : { service, region, account, resource };
}
