/** A role that somebody acts in, and the name of the session. */
export interface RoleSession {
  readonly arn: string;
  readonly sessionName: string;
}

/** A role's path is no part of its sessions' ARNs. */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  return `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`;
}
