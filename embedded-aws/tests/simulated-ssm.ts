import {
  CreateDocumentCommand,
  GetAutomationExecutionCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import type { Disk } from '../src/catalog/disk.ts';
import { baseDisk, type OsName } from '../src/catalog/packages.ts';
import { answerFrom } from '../src/client.ts';
import { installClock } from '../src/core/clock.ts';
import type { Fault } from '../src/core/faults.ts';
import type { Service, Services } from '../src/core/service.ts';
import { settle } from '../src/core/transitions.ts';
import { newId, schedule, type World } from '../src/core/world.ts';
import type { InstanceRecord } from '../src/ec2/records.ts';
import { inspector2 } from '../src/inspector2/index.ts';
import { emptyWorld } from '../src/new-world.ts';
import { ssm } from '../src/ssm/index.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const REGION = 'eu-west-1';

/** The part of EC2 that a guest needs: a guest may shut down or restart its machine. */
const machines: Service = {
  name: 'ec2',
  operations: {
    DescribeInstances: {
      kind: 'read',
      accepts: ['InstanceIds'],
      run: ({ InstanceIds }: { InstanceIds: string[] }, { world }) => ({
        Reservations: InstanceIds.map((InstanceId) => ({
          Instances: [{ InstanceId, State: { Name: world.instances.get(InstanceId)?.state } }],
        })),
      }),
    },
  },
  transitions: {
    'instance.shutdown-by-guest': (world, id, at) => {
      const instance = world.instances.get(id);
      if (instance?.state === 'running') world.instances.put({ ...instance, state: 'stopped' }, at, 0);
    },
    'instance.reboot-by-guest': (world, id, at) => schedule(world, 'guest.reboot', id, at),
  },
};

export interface SimulatedSsm {
  readonly world: World;
  readonly services: Services;
  readonly client: SSMClient;
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  /** Lets simulated time pass and applies everything that is due. */
  pass(seconds: number): Promise<void>;
  /** A machine that has just entered `running`. */
  launch(
    os: OsName,
    changes?: Partial<InstanceRecord> & { disk?: Partial<Disk>; generation?: number },
  ): string;
  /** A machine whose agent is online. */
  online(os: OsName, changes?: Parameters<SimulatedSsm['launch']>[1]): Promise<string>;
  instance(id: string): InstanceRecord;
  disk(id: string): Disk;
  change(id: string, changes: Partial<InstanceRecord>): void;
  /** Creates a Command or Automation document; its content says which. */
  document(name: string, content: object): Promise<void>;
  /** Sends a command and waits for its end. */
  command(
    instanceId: string,
    documentName: string,
    parameters?: Record<string, string[]>,
    timeoutSeconds?: number,
  ): Promise<string>;
  script(instanceId: string, ...lines: string[]): Promise<string>;
  /** Starts an automation and waits for its end. */
  automation(documentName: string, parameters?: Record<string, string[]>): Promise<string>;
}

/** SSM, its guests, and Inspector on a separate clock, which is uninstalled when the test ends. The SDK tries each call once. */
export function simulateSsm({
  faults = [],
  seed = 7,
  repeatedAutomationTokens = 'answered',
}: {
  faults?: Fault[];
  seed?: number;
  repeatedAutomationTokens?: 'answered' | 'refused';
} = {}): SimulatedSsm {
  const clock = installClock(START, seed);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed, now: clock.now, faults, throttling: false });
  world.ssmBehavior.repeatedAutomationTokens = repeatedAutomationTokens;
  const services = { ssm, ec2: machines, inspector2 };
  const client = new SSMClient({
    region: REGION,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
  });
  answerFrom(world, services, client, ACCOUNT);
  const run = clock.run;
  const instance = (id: string) => {
    const record = world.instances.get(id);
    if (record === undefined) throw new Error(`no instance ${id}`);
    return record;
  };
  const pass = async (seconds: number) => {
    await run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(world, services);
  };
  const until = async (over: () => boolean) => {
    for (let turn = 0; turn < 10_000 && !over(); turn++) await pass(30);
    if (!over()) throw new Error('it has not ended in 83 hours');
  };
  const launch: SimulatedSsm['launch'] = (os, { disk, generation = 1, ...changes } = {}) => {
    const id = newId(world, 'i');
    const volumeId = newId(world, 'vol');
    const place = { account: ACCOUNT, region: REGION, tags: {}, availabilityZone: 'eu-west-1a' };
    world.volumes.put(
      {
        ...place,
        id: volumeId,
        sizeGiB: 8,
        volumeType: 'gp3',
        encrypted: false,
        state: 'in-use',
        createTime: world.now(),
        disk: { ...baseDisk(os, generation), ...disk },
      },
      world.now(),
      0,
    );
    world.instances.put(
      {
        ...place,
        id,
        imageId: 'ami-00000000000000000',
        instanceType: 'm7i.large',
        architecture: 'x86_64',
        subnetId: 'subnet-00000000000000000',
        vpcId: 'vpc-00000000000000000',
        securityGroupIds: [],
        instanceProfileArn: `arn:aws:iam::${ACCOUNT}:instance-profile/builder`,
        metadataOptions: {},
        shutdownBehavior: 'stop',
        launchTime: world.now(),
        reservationId: 'r-00000000000000000',
        networkInterfaceId: 'eni-00000000000000000',
        launchIndex: 0,
        ebsOptimized: false,
        platformDetails: 'Linux/UNIX',
        usageOperation: 'RunInstances',
        productCodes: [],
        ephemeralDevices: [],
        state: 'running',
        stateTransitionReason: '',
        rootDeviceName: '/dev/xvda',
        privateIpAddress: '172.31.0.10',
        blockDevices: [{ device: '/dev/xvda', volumeId, deleteOnTermination: true }],
        boots: 0,
        ...changes,
      },
      world.now(),
      0,
    );
    schedule(world, 'guest.boot', id, world.now());
    return id;
  };
  const simulated: SimulatedSsm = {
    world,
    services,
    client,
    run,
    pass,
    launch,
    online: async (os, changes) => {
      const id = launch(os, changes);
      await until(() => instance(id).agentOnlineSince !== undefined);
      return id;
    },
    instance,
    disk: (id) => {
      const disk = world.volumes.get(instance(id).blockDevices[0]?.volumeId ?? '')?.disk;
      if (disk === undefined) throw new Error(`no disk of ${id}`);
      return disk;
    },
    change: (id, changes) => {
      world.instances.put({ ...instance(id), ...changes }, world.now(), 0);
    },
    document: async (name, content) => {
      const DocumentType =
        'schemaVersion' in content && content.schemaVersion === '0.3' ? 'Automation' : 'Command';
      await run(
        client.send(
          new CreateDocumentCommand({ Name: name, Content: JSON.stringify(content), DocumentType }),
        ),
      );
    },
    command: async (instanceId, DocumentName, Parameters = {}, TimeoutSeconds = 3600) => {
      const { Command } = await run(
        client.send(
          new SendCommandCommand({ InstanceIds: [instanceId], DocumentName, Parameters, TimeoutSeconds }),
        ),
      );
      const id = Command?.CommandId ?? '';
      await until(() => !['Pending', 'InProgress'].includes(world.commands.get(id)?.status ?? ''));
      return id;
    },
    script: (instanceId, ...commands) => simulated.command(instanceId, 'AWS-RunShellScript', { commands }),
    automation: async (DocumentName, Parameters) => {
      const { AutomationExecutionId: id = '' } = await run(
        client.send(new StartAutomationExecutionCommand({ DocumentName, Parameters })),
      );
      await until(() => world.automations.get(id)?.endTime !== undefined);
      return id;
    },
  };
  return simulated;
}

export async function automationOf({ run, client }: SimulatedSsm, id: string) {
  const { AutomationExecution } = await run(
    client.send(new GetAutomationExecutionCommand({ AutomationExecutionId: id })),
  );
  if (AutomationExecution === undefined) throw new Error(`no automation ${id}`);
  return AutomationExecution;
}

export function invocationOf(
  { run, client }: SimulatedSsm,
  CommandId: string,
  InstanceId: string,
  PluginName?: string,
) {
  return run(client.send(new GetCommandInvocationCommand({ CommandId, InstanceId, PluginName })));
}

/** The status of each step of an automation, by step name. */
export function statuses(steps: readonly { StepName?: string; StepStatus?: string }[] = []) {
  return Object.fromEntries(steps.map(({ StepName, StepStatus }) => [StepName, StepStatus]));
}
