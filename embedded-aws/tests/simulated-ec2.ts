import { EC2Client, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../src/client.ts';
import { installClock } from '../src/core/clock.ts';
import type { Fault } from '../src/core/faults.ts';
import type { Membership } from '../src/core/organizations.ts';
import { regionNames } from '../src/core/regions.ts';
import type { Service, Services } from '../src/core/service.ts';
import { Table } from '../src/core/table.ts';
import { settle } from '../src/core/transitions.ts';
import type { World } from '../src/core/world.ts';
import { ec2 } from '../src/ec2/index.ts';
import type { ImageRecord } from '../src/ec2/records.ts';
import { kms } from '../src/kms/index.ts';
import { addDefaultNetwork, addInstanceProfile, addSecurityGroup, newWorld } from '../src/new-world.ts';
import { ssm } from '../src/ssm/index.ts';

export { refusal } from './refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
/** The account that builds images, and an account that gets them. */
export const OWNER = '999988887777';
export const CONSUMER = '111122223333';
export const HOME = 'eu-west-1';
export const FAR = 'us-east-1';

/** Instances without a guest: most of these tests look only at EC2. */
const noGuest: Service = {
  name: 'guest',
  operations: {},
  transitions: { 'guest.boot': () => {}, 'guest.reboot': () => {} },
};
export const services: Services = { ec2, kms, guest: noGuest };

export interface SimulatedEc2 {
  readonly world: World;
  /** A client of the owner in the home region, and clients of others elsewhere. */
  client(options?: { account?: string; region?: string }): EC2Client;
  /** Runs a promise on the simulated clock. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Releases the clock before the test ends, for another simulation in the same test. */
  end(): void;
  /** Lets simulated time pass and applies everything that is due. */
  pass(seconds: number): Promise<void>;
  /** Lets lagging reads catch up. */
  settled(): Promise<void>;
  readonly network: ReturnType<typeof addDefaultNetwork>;
  readonly securityGroupId: string;
  readonly profile: string;
  /** The newest public image whose name matches. */
  publicImage(name: RegExp, region?: string): ImageRecord;
  /** A RunInstances request that EC2 accepts. */
  launch(changes?: Partial<RunInstancesCommandInput>): RunInstancesCommandInput;
}

/**
 * EC2 of two accounts on a separate clock, which is uninstalled when the test ends. Without `lags` every write is
 * visible immediately, which most tests need. The SDK tries each call once, so that a test sees every refusal.
 */
export function simulateEc2(
  options: {
    faults?: Fault[];
    seed?: number;
    lags?: boolean;
    zones?: number;
    freeAddresses?: number;
    region?: string;
    disabledRegions?: Record<string, string[]>;
    organizations?: Record<string, Membership>;
    /** Whether instances have guests. */
    guests?: boolean;
  } = {},
): SimulatedEc2 {
  const { faults = [], seed = 7, lags = false, region: home = HOME, guests = false } = options;
  const present: Services = guests ? { ec2, kms, ssm } : services;
  const clock = installClock(START, seed);
  let isEnded = false;
  const end = () => {
    if (!isEnded) clock.uninstall();
    isEnded = true;
  };
  onTestFinished(end);
  const world = newWorld({
    seed,
    now: clock.now,
    faults,
    throttling: false,
    disabledRegions: options.disabledRegions ?? {},
    organizations: options.organizations ?? {},
  });
  if (!lags) withoutLag(world);
  const network = addDefaultNetwork(world, OWNER, home, {
    ...(options.zones === undefined ? {} : { zones: options.zones }),
    ...(options.freeAddresses === undefined ? {} : { freeAddresses: options.freeAddresses }),
  });
  const securityGroup = addSecurityGroup(world, {
    account: OWNER,
    region: home,
    vpcId: network.vpcId,
    name: 'builders',
    description: 'Nothing comes in',
  });
  const profile = addInstanceProfile(world, { account: OWNER, name: 'builder' });
  const publicImage = (name: RegExp, region = home) => {
    const images = world.images.all().filter((image) => image.region === region && name.test(image.name));
    const [newest] = images.sort((a, b) => b.creationDate - a.creationDate);
    if (newest === undefined) throw new Error(`no public image ${name}`);
    return newest;
  };
  const pass = async (seconds: number) => {
    await clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(world, present);
  };
  return {
    world,
    client: ({ account = OWNER, region = home } = {}) => {
      const client = new EC2Client({
        region,
        maxAttempts: 1,
        retryMode: 'standard',
        defaultsMode: 'standard',
      });
      answerFrom(world, present, client, account);
      return client;
    },
    run: clock.run,
    end,
    pass,
    settled: () => pass(20),
    network,
    securityGroupId: securityGroup.id,
    profile: profile.name,
    publicImage,
    launch: (changes = {}) => ({
      ImageId: publicImage(/^al2023.*-kernel-6\.1-x86_64$/).id,
      InstanceType: 'm7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: network.subnets[0]?.id,
      ...changes,
    }),
  };
}

export const allRegions = regionNames;

/** Makes every write visible immediately. */
function withoutLag(world: World): void {
  for (const table of Object.values(world)) {
    if (!(table instanceof Table)) continue;
    const put = table.put.bind(table) as (record: never, at: number, lagMs: number) => never;
    const remove = table.remove.bind(table);
    Object.assign(table, {
      put: (record: never, at: number) => put(record, at, 0),
      remove: (id: string, at: number) => remove(id, at, 0),
    });
  }
}
