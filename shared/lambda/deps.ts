import type { Clients } from '../aws/clients.ts';

/** What a step is given besides its input: everything that it touches outside itself. */
export interface Deps extends Clients {
  now(): Date;
  readonly log: Log;
  readonly settings: Settings;
  /** The bytes of a recipe file by the recipe's name; `undefined` if there is no such recipe. */
  recipeFile(name: string): Uint8Array | undefined;
}

export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

/** What the deployment lays down: where builds run and under which names its parts are known. */
export interface Settings {
  /** The region of the deployment, where builds happen. */
  readonly region: string;
  readonly instanceProfile: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  /** SSM Automation documents that build on Linux and Windows. */
  readonly buildDocuments: { readonly linux: string; readonly windows: string };
  /** The role that Automation assumes; empty: the caller's own rights. */
  readonly automationRole: string;
}
