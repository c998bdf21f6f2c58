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
