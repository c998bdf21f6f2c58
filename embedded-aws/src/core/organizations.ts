/** The place of an account in AWS Organizations. */
export interface Membership {
  /** ARN of the organization. */
  readonly organization: string;
  /** ARNs of the organizational units that contain the account, from the outermost to its own. */
  readonly units: readonly string[];
}
