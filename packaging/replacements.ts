import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** A module of the AWS SDK, and what a bundle has in its place. */
export interface Replacement {
  /** The end of the module's path. `*` stands for the rest of a client's name. */
  readonly module: string;
  /** The new source, or what makes it from the old one. */
  readonly contents: string | ((source: string) => string);
}

/**
 * Modules that do nothing in Lambda, or that only calls use which the pipeline does not make. Most stay in a bundle because the SDK
 * decides at run time whether it needs them. tests/packaging/replacements.test.ts compares clients with and without this table.
 */
export const replacements: readonly Replacement[] = [
  {
    // Lambda sets the credentials in the environment. The SDK looks there first; the rest (SSO, profiles, processes, instance
    // metadata) never has its turn.
    module: '@aws-sdk/credential-provider-node/dist-es/index.js',
    contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
  },
  {
    // Lambda has no ~/.aws. Settings come from the code and the environment, as before.
    module: '@smithy/core/dist-es/submodules/config/node-config-provider/fromSharedConfigFiles.js',
    contents: `
      import { CredentialsProviderError } from "../property-provider/CredentialsProviderError";
      export const fromSharedConfigFiles = () => async () => {
        throw new CredentialsProviderError("a function reads no configuration files");
      };`,
  },
  {
    // Lambda has no instance metadata.
    module:
      '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js',
    contents: 'export const getInstanceMetadataRegion = async () => undefined;',
  },
  {
    // SHA-256 for a Node that was built without OpenSSL.
    module: '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js',
    contents: 'export const Sha256Js = undefined;',
  },
  {
    // Encodes the headers of messages in event streams, in order to sign them.
    module: '@smithy/signature-v4/dist-es/HeaderFormatter.js',
    contents: `
      export class HeaderFormatter {
        format() { throw new Error("event streams are left out of the bundle"); }
      }`,
  },
  {
    // shared/aws/clients.ts gives every client its own retry strategy; AWS_RETRY_MODE has no say.
    module: '@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js',
    contents: `
      export class AdaptiveRetryStrategy {
        constructor() { throw new Error("the adaptive retry mode is left out of the bundle"); }
      }`,
  },
  {
    // Runs the extensions of a client, of which it has none. What remains is the one thing that happens without any: the handler
    // learns the socket timeout.
    module: '@aws-sdk/client-*/dist-es/runtimeExtensions.js',
    contents: `
      import { getHttpHandlerExtensionConfiguration } from "@smithy/core/protocols";
      export const resolveRuntimeExtensions = (config, extensions) => {
        if (extensions.length > 0) throw new Error("extensions of clients are left out of the bundle");
        getHttpHandlerExtensionConfiguration(config);
        return config;
      };`,
  },
  {
    // Logs each call for a client that was given a logger. Ours are given none.
    module: '@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js',
    contents: `
      export const getLoggerPlugin = () => ({ applyToStack() {} });
      export const loggerMiddleware = undefined, loggerMiddlewareOptions = undefined;`,
  },
  {
    // Prepares endpoint discovery, which no operation of DynamoDB's client uses.
    module: '@aws-sdk/middleware-endpoint-discovery/dist-es/resolveEndpointDiscoveryConfig.js',
    contents: 'export const resolveEndpointDiscoveryConfig = (config) => config;',
  },
  {
    // Rules for the names of S3 buckets, which the SDK asks for in S3's client alone.
    module: '@smithy/core/dist-es/submodules/endpoints/middleware-endpoint/service-customizations/s3.js',
    contents: `
      export const resolveParamsForS3 = async (parameters) => parameters;
      export const DOT_PATTERN = undefined, S3_HOSTNAME_PATTERN = undefined;
      export const isArnBucketName = undefined, isDnsCompatibleBucketName = undefined;`,
  },
  {
    // Warns of versions of Node that the SDK will not support. serverless.yml sets the version.
    module: '@aws-sdk/core/dist-es/submodules/client/emitWarningIfUnsupportedVersion.js',
    contents: `
      export const emitWarningIfUnsupportedVersion = () => {};
      export const state = { warningEmitted: false };`,
  },
  {
    // Of its package.json a client reads the version alone, for the user agent.
    module: '@aws-sdk/client-*/package.json',
    contents: (source) => JSON.stringify({ version: JSON.parse(source).version }),
  },
  {
    // Endpoint rules read the domains of a partition and which regions it has, not what the regions are called.
    module: '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
    contents: (source) => source.replaceAll(/"description": "[^"\\]*"/g, ''),
  },
];

/** What matches the path of a replaced module. */
export const pathPattern = ({ module }: Replacement): RegExp =>
  new RegExp(
    `[\\\\/]node_modules[\\\\/]${module.replaceAll('.', '\\.').replaceAll('*', '[\\w-]+').replaceAll('/', '[\\\\/]')}$`,
  );

/** Puts the replacements into a bundle. */
export const replaceModules: Plugin = {
  name: 'replace-modules',
  setup({ onLoad }) {
    for (const replacement of replacements) {
      const { contents } = replacement;
      onLoad({ filter: pathPattern(replacement) }, ({ path }) => ({
        contents: typeof contents === 'string' ? contents : contents(readFileSync(path, 'utf8')),
        loader: 'default',
      }));
    }
  },
};
