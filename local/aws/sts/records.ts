/** Temporary credentials; the id is their access key. */
export interface SessionRecord {
  readonly id: string;
  readonly account: string;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly expiration: number;
}
