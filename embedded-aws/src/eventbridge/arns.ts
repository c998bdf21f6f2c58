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

interface Place {
  readonly account: string;
  readonly region: string;
}

export const busArn = ({ account, region }: Place, name: string) =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`;

/** ARNs of rules on the default bus do not contain the bus. */
export const ruleArn = ({ account, region }: Place, bus: string, name: string) =>
  `arn:aws:events:${region}:${account}:rule/${bus === 'default' ? '' : `${bus}/`}${name}`;

export const busNameOf = (arn: string) => arn.slice(arn.indexOf('event-bus/') + 'event-bus/'.length);
