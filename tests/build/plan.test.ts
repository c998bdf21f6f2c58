import { describe, expect, test } from 'vitest';
import { baseIdentity, describeBase } from '../../shared/build/base.ts';
import { planImaging } from '../../shared/build/plan.ts';
import type { InstanceFacts } from '../../shared/build/plan-facts.ts';
import { isBuilt, isCopied } from '../../shared/recipe/recipe.ts';
import { instanceRecipe } from '../simulated-bases.ts';
import { failureOf, recipeFile } from '../simulated-build.ts';

const instanceId = 'i-0123456789abcdef0';
const { recipe } = recipeFile(instanceRecipe(instanceId));

const base: NonNullable<InstanceFacts['base']> = {
  instanceId,
  instanceType: 'm7i.large',
  reboot: true,
  name: '',
  openTo: 'from-instance',
  state: 'running',
  architecture: 'x86_64',
  platform: 'linux',
  rootDeviceType: 'ebs',
  rootDeviceName: '/dev/xvda',
  volumes: [],
  products: [],
};
const facts: InstanceFacts = {
  account: '999988887777',
  region: 'us-east-1',
  enabledRegions: new Set(['us-east-1', 'eu-west-1']),
  unreadable: new Map(),
  publicBlockedIn: [],
  allowedImages: new Map(),
  publicSnapshotsBlockedIn: [],
  closedConsumers: [],
  launchTemplates: [],
  encryption: new Map(),
  keys: new Map(),
  documents: new Map([['check', { type: 'Command', latestVersion: '2', parameters: new Map() }]]),
  testsDocument: undefined,
  testNetworks: new Map(),
  subnets: ['subnet-0123456789abcdef0'],
  base,
};
const context = {
  version: '20261122-030000-000000',
  startTime: '2026-11-22T03:00:00.000Z',
  checkDocument: 'check',
  tests: undefined,
};

async function plan(changes: Partial<InstanceFacts>) {
  if (isBuilt(recipe) || isCopied(recipe)) throw new Error('the recipe has a builder');
  return planImaging(recipe, { ...facts, ...changes }, context);
}

describe('the plan for an instance', () => {
  test('has the fields of every plan, and none of a builder', async () => {
    expect(await plan({})).toEqual({
      recipe: 'from-instance',
      channel: 'candidate',
      description: recipe.description,
      version: '20261122-030000-000000',
      platform: 'linux',
      region: 'us-east-1',
      base: { instanceId, name: '', architecture: 'x86_64', reboot: true },
      regions: recipe.regions,
      image: { imds: 'v2' },
      share: recipe.share,
      tags: {},
      test: {
        checkDocument: '',
        checkDocumentVersion: '',
        testsDocument: '',
        tests: {},
        scan: false,
        instanceTypes: ['m7i.large'],
        subnets: ['subnet-0123456789abcdef0'],
      },
    });
  });

  test('refuses an instance store', async () => {
    const refused = plan({ base: { ...base, rootDeviceType: 'instance-store' } });
    expect(await failureOf(refused)).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(
        `the root device of the instance ${instanceId} is an instance store, but only EBS volumes can be imaged`,
      ),
    });
  });

  test('reports all reasons together', async () => {
    const refused = plan({ base: { ...base, state: 'pending', openTo: '' }, enabledRegions: new Set() });
    expect((await failureOf(refused)).message.split('; and ')).toHaveLength(3);
  });
});

describe('a base', () => {
  const image = { imageId: 'ami-1', name: 'al2023', owner: '1', architecture: 'arm64', products: [] };
  const machine = { architecture: 'arm64', bootMode: 'uefi', ena: true, rootDevice: '/dev/xvda' } as const;
  const instance = { instanceId: 'i-1', name: 'web', architecture: 'arm64', reboot: true };

  test.each([
    { of: image, identity: 'ami-1', described: 'the base image ami-1 (al2023)' },
    { of: { snapshotId: 'snap-1', ...machine }, identity: 'snap-1', described: 'the base snapshot snap-1' },
    { of: instance, identity: undefined, described: 'the instance i-1 (web)' },
    { of: { ...instance, name: '' }, identity: undefined, described: 'the instance i-1' },
  ])('has the identity $identity and the description $described', ({ of, identity, described }) => {
    expect(baseIdentity(of)).toBe(identity);
    expect(describeBase(of)).toBe(described);
  });

  test('that does not exist has no identity', () => {
    expect(baseIdentity(undefined)).toBeUndefined();
  });
});
