import { AsyncLocalStorage } from 'node:async_hooks';
import { Console } from 'node:console';
import { createHash } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A function of the template. */
export interface FunctionDefinition {
  readonly name: string;
  /** The file name of its package. */
  readonly archive: string;
  /** `folder/file.export`. */
  readonly handler: string;
  /** The ARN of its role. */
  readonly role: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface RuntimeOptions {
  /** The folder of the unpacked packages. Each package is in a folder with the name of its archive. */
  readonly folder: string;
  /** The variables that Lambda adds to a function's own environment: credentials, region and endpoint. */
  readonly environmentOf: (definition: FunctionDefinition) => Readonly<Record<string, string>>;
  /** Stops simulated time until the returned function is called. */
  readonly hold: () => () => void;
  /** Receives every line that a function writes. */
  readonly onLine?: (name: string, line: string) => void;
}

export interface Runtime {
  invoke(arn: string, definition: FunctionDefinition, event: unknown): Promise<unknown>;
}

/**
 * Runs packaged functions as Lambda's runtime for Node.js does. It imports the module of the handler from the unpacked archive, once for
 * each environment, and calls the handler with event and context. A function sees only its own environment. Simulated time stops while a
 * function computes or makes a call. Time passes only while a function waits for a timer.
 */
export function lambdaRuntime({ folder, environmentOf, hold, onLine = () => {} }: RuntimeOptions): Runtime {
  const handlers = new Map<string, Promise<Handler>>();

  const load = async (definition: FunctionDefinition, environment: Environment): Promise<Handler> => {
    const [, module = '', name = ''] = /^(.+)\.(\w+)$/.exec(definition.handler) ?? [];
    const url = pathToFileURL(join(folder, definition.archive, `${module}.mjs`));
    const before = importing;
    const sandbox = createHash('sha256').update(JSON.stringify(environment)).digest('hex');
    // Modules are imported one at a time, because a module may read its environment during the import.
    importing = before.then(() => importWith(environment, `${url.href}?environment=${sandbox}`));
    return ((await importing) as Record<string, Handler>)[name] as Handler;
  };

  return {
    invoke: async (arn, definition, event) => {
      const environment = {
        ...definition.environment,
        ...environmentOf(definition),
        AWS_LAMBDA_FUNCTION_NAME: definition.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
        AWS_LAMBDA_FUNCTION_VERSION: arn.split(':')[7] ?? '$LATEST',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        LAMBDA_TASK_ROOT: join(folder, definition.archive),
        _HANDLER: definition.handler,
        TZ: ':UTC',
      };
      const release = hold();
      const write = (text: string) => {
        for (const line of text.split('\n').filter(Boolean)) onLine(definition.name, line);
      };
      try {
        const known = handlers.get(definition.name);
        const handler = known ?? load(definition, environment);
        handlers.set(definition.name, handler);
        const loaded = await handler;
        // After the first call, the calls themselves stop the time.
        const invocation = { environment, write, hold, onFirstCall: release };
        return await invocations.run(invocation, () => loaded(event, contextOf(arn, definition)));
      } finally {
        release();
      }
    },
  };
}

type Handler = (event: unknown, context: object) => Promise<unknown>;
type Environment = Record<string, string>;

let importing: Promise<unknown> = Promise.resolve();

/** The state of a running function. AsyncLocalStorage makes it available in all code that the function runs. */
interface Invocation {
  readonly environment: Environment;
  readonly write: (text: string) => void;
  readonly hold: () => () => void;
  readonly onFirstCall: () => void;
}

const invocations = new AsyncLocalStorage<Invocation>();
let environmentOfImport: Environment | undefined;

async function importWith(environment: Environment, url: string): Promise<unknown> {
  environmentOfImport = environment;
  try {
    return await import(/* @vite-ignore */ url);
  } finally {
    environmentOfImport = undefined;
  }
}

function contextOf(arn: string, { name, memoryMiB, timeoutSeconds }: FunctionDefinition): object {
  const endsAt = Date.now() + timeoutSeconds * 1000;
  return {
    functionName: name,
    functionVersion: arn.split(':')[7] ?? '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMiB),
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  };
}

const ownEnvironment = process.env;
const environmentNow = (): NodeJS.ProcessEnv =>
  invocations.getStore()?.environment ?? environmentOfImport ?? ownEnvironment;
process.env = new Proxy(ownEnvironment, {
  get: (_, name: string) => environmentNow()[name],
  set: (_, name: string, value: unknown) => {
    environmentNow()[name] = String(value);
    return true;
  },
  has: (_, name: string) => name in environmentNow(),
  deleteProperty: (_, name: string) => delete environmentNow()[name],
  ownKeys: () => Reflect.ownKeys(environmentNow()),
  getOwnPropertyDescriptor: (_, name) => {
    const descriptor = Object.getOwnPropertyDescriptor(environmentNow(), name);
    return descriptor && { ...descriptor, configurable: true };
  },
});

for (const stream of [process.stdout, process.stderr]) {
  const writeThrough = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (text: string | Uint8Array, ...rest: unknown[]) => {
    const invocation = invocations.getStore();
    if (invocation === undefined) return writeThrough(text, ...rest);
    invocation.write(String(text));
    return true;
  };
}
// The test runner's own console does not write to the streams.
const consoleOfRunner = globalThis.console;
const consoleOfLambda = new Console(process.stdout, process.stderr);
globalThis.console = new Proxy(consoleOfRunner, {
  get: (_, name: keyof Console) =>
    (invocations.getStore() === undefined ? consoleOfRunner : consoleOfLambda)[name],
});

// Node.js reports every HTTP request of every client.
subscribe('http.client.request.created', (message) => {
  const invocation = invocations.getStore();
  if (invocation === undefined) return;
  const release = invocation.hold();
  invocation.onFirstCall();
  // At this time the answer has been read. Code that waits for the answer runs first.
  (message as { request: ClientRequest }).request.once('close', () => setImmediate(release));
});
