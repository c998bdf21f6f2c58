/** An assumed role and the name of its session. */
export interface RoleSession {
  readonly arn: string;
  readonly sessionName: string;
}

/** The ARN of a session does not contain the role's path. */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  return `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`;
}
