import { createHash } from 'node:crypto';
import {
  accountOfAccessKey,
  type Execution,
  type ExecutionResult,
  type Fault,
  installClock,
  keepAwake,
  newWorld,
  services as ownServices,
  perform,
  requestId,
  type Services,
  serve,
  typed,
  type World,
} from 'embedded-aws';
import { afterAll, onTestFinished } from 'vitest';
import { permissionStatements, trustStatement } from '../../shared/build/consumer-roles.ts';
import type { Statement, Template } from '../stack/packaged.ts';
import { type Account, creatorsOf } from './creators.ts';
import { type Policies, policiesOf } from './iam/policies.ts';
import { type FunctionDefinition, lambdaRuntime } from './lambda-runtime.ts';
import { type Artefact, CONSUMER_ROLE } from './own-project.ts';
import { deployTemplate } from './stack.ts';

export const PLACE = { account: '999988887777', region: 'us-east-1' } as const;
export const AT = new Date('2026-11-22T03:00:00Z');

/** What the endpoint serves now. One deployment at a time has the clock of the process. */
interface Served {
  readonly world: World;
  readonly services: Services;
  readonly surprises: unknown[];
}
let served: Served | undefined;

function current(): Served {
  if (served === undefined) throw new Error('a call came after the end of its test');
  return served;
}

/** One endpoint for all deployments, so that a function has the same environment in each of them. */
const endpoint = await serve(0, {
  perform: (call) => {
    const { world, services } = current();
    const account = accountOfAccessKey(world, call, PLACE.account, world.now());
    return perform(services, world, { ...call, account });
  },
  requestId: () => requestId(current().world),
  now: () => new Date(),
  onSurprise: (error) => current().surprises.push(error),
});
afterAll(() => endpoint.close());

/** The packaged pipeline in a world that checks IAM before every call. */
export interface Deployed {
  readonly world: World;
  readonly policies: Policies;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The lines that functions wrote, each with the function's name in front. */
  readonly lines: readonly string[];
  /** Runs a promise on the simulated clock. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets simulated time pass. */
  pass(seconds: number): Promise<void>;
  /** Calls an operation as the account itself. */
  readonly call: Account['call'];
  /** Starts an execution of a state machine as the account itself. The ARN is an output of the stack. */
  start(machineArn: unknown, input: object): Execution;
  /** Starts an execution, and runs it to its end. */
  execute(machineArn: unknown, input: object): Promise<ExecutionResult>;
  /** The options of an SDK client with the credentials of a role, by the role's logical id. Default: the account itself. */
  as(role?: string): ClientOptions;
}

interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: Pick<Credentials, 'accessKeyId' | 'secretAccessKey'> & Partial<Credentials>;
  readonly maxAttempts: number;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The same credentials for a session of a role in every deployment. Signatures are not checked. */
function stableCredentials(roleArn: string, sessionName: string): Credentials {
  const digest = createHash('sha256').update(`${roleArn}/${sessionName}`).digest('hex').toUpperCase();
  return { accessKeyId: `ASIA${digest.slice(0, 16)}`, secretAccessKey: 'any', sessionToken: digest };
}

export interface DeployedOptions {
  readonly faults?: readonly Fault[];
  readonly seed?: number;
  /** Changes the template before it is deployed. */
  readonly change?: (template: Template) => void;
}

/**
 * Deploys the artefact into a new world until the test ends. Creates the resources of the template, and serves the world on loopback. The
 * unpacked functions call the world there with the credentials of their roles.
 */
export async function deployArtefact(
  { template, functions: folder }: Artefact,
  { faults = [], seed = 7, change = () => {} }: DeployedOptions = {},
): Promise<Deployed> {
  const clock = installClock(AT, seed);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({ seed, now: clock.now, faults });
  const policies = policiesOf(PLACE.account);
  const services: Services = typed(ownServices);

  const surprises: unknown[] = [];
  served = { world, services, surprises };
  onTestFinished(() => {
    served = undefined;
    if (surprises.length > 0) throw surprises[0];
  });

  onTestFinished(keepAwake(world, services));

  const credentialsOf = (roleArn: string, sessionName: string): Credentials => {
    const credentials = stableCredentials(roleArn, sessionName);
    const { accessKeyId: id, sessionToken: token } = credentials;
    // Lambda renews the credentials of a function. Here the credentials are valid for a year.
    const expiration = AT.getTime() + 365 * 86_400_000;
    const role = { arn: roleArn, sessionName };
    const session = { account: PLACE.account, role, transitiveTags: {}, id, token, expiration };
    if (world.sessions.get(id) === undefined) world.sessions.put(session, world.now(), 0);
    return credentials;
  };

  const lines: string[] = [];
  const runtime = lambdaRuntime({
    folder,
    hold: clock.hold,
    onLine: (name, line) => lines.push(`${name} ${line}`),
    environmentOf: ({ name, role }) => {
      const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(role, name);
      return {
        AWS_REGION: PLACE.region,
        AWS_DEFAULT_REGION: PLACE.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_ENDPOINT_URL: endpoint.url,
      };
    },
  });
  const definitions = new Map<string, FunctionDefinition>();
  const addUnder = (arn: string, definition: FunctionDefinition) => {
    world.functions.set(arn, {
      invoke: (event) => runtime.invoke(arn, definition, event),
      timeoutSeconds: definition.timeoutSeconds,
      role: definition.role,
    });
  };

  const pass = (seconds: number) =>
    clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
  const call: Account['call'] = (service, operation, input, region = PLACE.region) =>
    perform(services, world, { service, operation, input, ...PLACE, region, inner: true });
  policies.addRole({
    arn: CONSUMER_ROLE,
    name: 'ConsumerRole',
    statements: permissionStatements(CONSUMER_ROLE, 'consumed') as Statement[],
    trust: { Version: '2012-10-17', Statement: [trustStatement(PLACE.account)] },
  });
  const own = structuredClone(template);
  change(own);
  const outputs = await deployTemplate(
    own,
    creatorsOf({
      ...PLACE,
      world,
      policies,
      call,
      pass,
      addFunction: (arn, definition) => {
        definitions.set(arn, definition);
        addUnder(arn, definition);
      },
      addVersion: (arn, version) => addUnder(`${arn}:${version}`, definitions.get(arn) as FunctionDefinition),
    }),
    PLACE,
  );
  world.authorize = (request) => policies.authorize(world, request);

  const start = (stateMachineArn: unknown, input: object): Execution => {
    const { executionArn } = call('sfn', 'StartExecution', {
      stateMachineArn,
      input: JSON.stringify(input),
    });
    const execution = world.running.get(String(executionArn));
    if (execution === undefined) throw new Error(`${executionArn} has already ended`);
    return execution;
  };
  return {
    world,
    policies,
    outputs,
    lines,
    run: clock.run,
    pass,
    call,
    start,
    execute: (machineArn, input) => clock.run(start(machineArn, input).result),
    as: (role) => ({
      region: PLACE.region,
      endpoint: endpoint.url,
      credentials:
        role === undefined
          ? { accessKeyId: PLACE.account, secretAccessKey: 'any' }
          : credentialsOf(policies.arnOf(role), 'test'),
      maxAttempts: 1,
    }),
  };
}
