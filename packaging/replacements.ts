import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** A module of the AWS SDK and its replacement in a bundle. */
export interface Replacement {
  /** The end of the module's path. `*` matches the rest of a client's name. */
  readonly module: string;
  /** The new source, or a function that creates the new source from the original source. */
  readonly contents: string | ((source: string, path: string) => string);
}

/**
 * The modules that have no effect in Lambda, or that only calls outside this pipeline use. esbuild cannot remove most of these modules,
 * because the SDK decides at run time whether to use them. tests/packaging/replacements.test.ts compares clients with and without this
 * table.
 */
export const replacements: readonly Replacement[] = [
  {
    // Lambda sets the credentials in environment variables. The SDK checks environment variables first. It never uses the other
    // sources (SSO, profiles, processes, instance metadata).
    module: '@aws-sdk/credential-provider-node/dist-es/index.js',
    contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
  },
  {
    // Lambda has no ~/.aws. Settings from the code and from environment variables still work.
    module: '@smithy/core/dist-es/submodules/config/node-config-provider/fromSharedConfigFiles.js',
    contents: `
      import { CredentialsProviderError } from "../property-provider/CredentialsProviderError";
      export const fromSharedConfigFiles = () => async () => {
        throw new CredentialsProviderError("functions do not read configuration files");
      };`,
  },
  {
    // Lambda has no instance metadata.
    module:
      '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js',
    contents: 'export const getInstanceMetadataRegion = async () => undefined;',
  },
  {
    // SHA-256 for Node builds without OpenSSL.
    module: '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js',
    contents: 'export const Sha256Js = undefined;',
  },
  {
    // Encodes the headers of event stream messages for their signature.
    module: '@smithy/signature-v4/dist-es/HeaderFormatter.js',
    contents: `
      export class HeaderFormatter {
        format() { throw new Error("the bundle does not contain event streams"); }
      }`,
  },
  {
    // shared/aws/clients.ts sets the retry strategy of every client. AWS_RETRY_MODE has no effect.
    module: '@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js',
    contents: `
      export class AdaptiveRetryStrategy {
        constructor() { throw new Error("the bundle does not contain the adaptive retry mode"); }
      }`,
  },
  {
    // Runs the extensions of a client. The clients of this pipeline have no extensions. Without extensions, this module only passes the
    // socket timeout to the request handler. The replacement does the same.
    module: '@aws-sdk/client-*/dist-es/runtimeExtensions.js',
    contents: `
      import { getHttpHandlerExtensionConfiguration } from "@smithy/core/protocols";
      export const resolveRuntimeExtensions = (config, extensions) => {
        if (extensions.length > 0) throw new Error("the bundle does not contain client extensions");
        getHttpHandlerExtensionConfiguration(config);
        return config;
      };`,
  },
  {
    // Logs each call of a client with a logger. The clients of this pipeline have no logger.
    module: '@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js',
    contents: `
      export const getLoggerPlugin = () => ({ applyToStack() {} });
      export const loggerMiddleware = undefined, loggerMiddlewareOptions = undefined;`,
  },
  {
    // Prepares endpoint discovery. No operation of the DynamoDB client uses endpoint discovery.
    module: '@aws-sdk/middleware-endpoint-discovery/dist-es/resolveEndpointDiscoveryConfig.js',
    contents: 'export const resolveEndpointDiscoveryConfig = (config) => config;',
  },
  {
    // DynamoDB's endpoints for accounts and table ARNs: Lambda gives a function no account id, and the table is known by its name. The
    // other endpoints have the same form as those of Systems Manager.
    module: '@aws-sdk/client-dynamodb/dist-es/endpoint/bdd.js',
    contents: (_, path) =>
      readFileSync(path.replace('client-dynamodb', 'client-ssm'), 'utf8').replaceAll('//ssm', '//dynamodb'),
  },
  {
    // Rules for S3 bucket names. Only the S3 client uses these rules.
    module: '@smithy/core/dist-es/submodules/endpoints/middleware-endpoint/service-customizations/s3.js',
    contents: `
      export const resolveParamsForS3 = async (parameters) => parameters;
      export const DOT_PATTERN = undefined, S3_HOSTNAME_PATTERN = undefined;
      export const isArnBucketName = undefined, isDnsCompatibleBucketName = undefined;`,
  },
  {
    // Warns about Node versions that the SDK will not support. serverless.yml sets the Node version.
    module: '@aws-sdk/core/dist-es/submodules/client/emitWarningIfUnsupportedVersion.js',
    contents: `
      export const emitWarningIfUnsupportedVersion = () => {};
      export const state = { warningEmitted: false };`,
  },
  {
    // A client reads only the version from its package.json, for the user agent.
    module: '@aws-sdk/client-*/package.json',
    contents: (source) => JSON.stringify({ version: JSON.parse(source).version }),
  },
  {
    // The pipeline runs only in the partition aws. A pattern in the partition matches the names of its regions.
    module: '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
    contents: (source) => {
      const info = JSON.parse(source.replace('export const partitionsInfo = ', '').replace(/;\s*$/, ''));
      const [aws] = info.partitions.filter(({ id }: { id: string }) => id === 'aws');
      return `export const partitionsInfo = ${JSON.stringify({ ...info, partitions: [{ ...aws, regions: {} }] })};`;
    },
  },
];

/** A pattern for the path of a replaced module. */
export const pathPattern = ({ module }: Replacement): RegExp =>
  new RegExp(
    `[\\\\/]node_modules[\\\\/]${module.replaceAll('.', '\\.').replaceAll('*', '[\\w-]+').replaceAll('/', '[\\\\/]')}$`,
  );

/** Replaces the modules in `replacements`. */
export const replaceModules: Plugin = {
  name: 'replace-modules',
  setup({ onLoad }) {
    for (const replacement of replacements) {
      const { contents } = replacement;
      onLoad({ filter: pathPattern(replacement) }, ({ path }) => ({
        contents: typeof contents === 'string' ? contents : contents(readFileSync(path, 'utf8'), path),
        loader: 'default',
      }));
    }
  },
};
