export type Tags = Readonly<Record<string, string>>;

export interface Resource {
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

export interface Tagged extends Resource {
  readonly tags: Tags;
}
