import { ListCoverageCommand, ListFindingsCommand } from '@aws-sdk/client-inspector2';
import { expect, test } from 'vitest';
import { rebootGuest } from '../../src/guest/index.ts';
import { simulateInspector } from './simulated-inspector.ts';

const statusOf = (resources: readonly { scanStatus?: object; lastScannedAt?: Date }[]) =>
  resources.map(({ scanStatus, lastScannedAt }) => ({
    ...scanStatus,
    isScanned: lastScannedAt !== undefined,
  }));

test('an instance is unmanaged until its agent reports, then waits for its first scan, then is scanned', async () => {
  const { on, launch, online, pass, coverage, world } = simulateInspector();
  await on();
  const unmanaged = launch('amazon-linux-2023', { disk: { services: [] } });
  await pass(10);
  expect(statusOf(await coverage(unmanaged))).toEqual([
    { statusCode: 'INACTIVE', reason: 'UNMANAGED_EC2_INSTANCE', isScanned: false },
  ]);
  const id = await online('amazon-linux-2023');
  expect(statusOf(await coverage(id))).toEqual([
    { statusCode: 'ACTIVE', reason: 'PENDING_INITIAL_SCAN', isScanned: false },
  ]);
  await pass(3600);
  const [scanned] = await coverage(id);
  expect(scanned).toMatchObject({
    resourceType: 'AWS_EC2_INSTANCE',
    scanType: 'PACKAGE',
    scanMode: 'EC2_SSM_AGENT_BASED',
    scanStatus: { statusCode: 'ACTIVE', reason: 'SUCCESSFUL' },
    resourceMetadata: { ec2: { platform: 'LINUX', amiId: 'ami-00000000000000000' } },
  });
  const { lastScannedAt } = scanned ?? {};
  await pass(1800);
  const [again] = await coverage(id);
  expect(Number(again?.lastScannedAt) - Number(lastScannedAt)).toBe(1_800_000);
  expect(Number(again?.lastScannedAt)).toBeLessThanOrEqual(world.now());
  // An instance that never becomes managed is never scanned.
  expect(statusOf(await coverage(unmanaged))).toMatchObject([{ isScanned: false }]);
});

test('instances that were managed before are scanned once scanning is on', async () => {
  const { on, online, pass, coverage } = simulateInspector();
  const id = await online('amazon-linux-2023');
  await on();
  await pass(3600);
  expect(statusOf(await coverage(id))).toMatchObject([{ reason: 'SUCCESSFUL', isScanned: true }]);
});

test('the findings of a scan come one after the other, although the scan counts as successful', async () => {
  const { on, online, pass, coverage, active } = simulateInspector();
  await on();
  const id = await online('amazon-linux-2023', { generation: 0 });
  for (;;) {
    const [covered] = await coverage(id);
    if (covered?.scanStatus?.reason === 'SUCCESSFUL') break;
    await pass(1);
  }
  const early = await active();
  await pass(120);
  const all = await active();
  expect(all).toEqual([
    ...['CVE-2026-99001', 'CVE-2026-99002', 'CVE-2026-99003', 'CVE-2026-99004', 'CVE-2026-99005'],
    ...['CVE-2026-99007', 'CVE-2026-99008'],
  ]);
  expect(early.length).toBeLessThan(all.length);
});

test('a finding shows its vulnerability, packages, fix and instance', async () => {
  const { on, online, pass, findings } = simulateInspector();
  await on();
  const id = await online('amazon-linux-2023', { generation: 0, tags: { team: 'blue' } });
  await pass(4000);
  const byId = async (value: string) =>
    (await findings({ vulnerabilityId: [{ comparison: 'EQUALS', value }] }))[0];
  expect(await byId('CVE-2026-99003')).toMatchObject({
    findingArn: expect.stringMatching(/^arn:aws:inspector2:eu-west-1:999988887777:finding\/[0-9a-f]{32}$/),
    type: 'PACKAGE_VULNERABILITY',
    status: 'ACTIVE',
    severity: 'MEDIUM',
    title: 'CVE-2026-99003 - openssl, openssl-libs',
    fixAvailable: 'YES',
    resources: [
      {
        type: 'AWS_EC2_INSTANCE',
        id,
        tags: { team: 'blue' },
        details: { awsEc2Instance: { type: 'm7i.large', platform: 'AMAZON_LINUX_2023' } },
      },
    ],
    packageVulnerabilityDetails: {
      source: 'AMAZON_CVE',
      vulnerablePackages: [
        {
          name: 'openssl',
          epoch: 1,
          version: '3.2.2',
          release: '1.amzn2023.0.1',
          fixedInVersion: '1:3.2.2-1.amzn2023.0.2',
        },
        { name: 'openssl-libs' },
      ],
    },
  });
  const unfixed = await byId('CVE-2026-99008');
  expect(unfixed?.fixAvailable).toBe('NO');
  expect(unfixed?.packageVulnerabilityDetails?.vulnerablePackages).toMatchObject([
    { name: 'python3', fixedInVersion: 'NotAvailable' },
  ]);
});

test('a fix is partial if one of two packages has it', async () => {
  const { on, online, pass, findings } = simulateInspector();
  await on();
  await online('debian-12', {
    disk: {
      packages: { 'amazon-ssm-agent': '3', curl: '7', libgnutls30: '3' },
      services: ['amazon-ssm-agent'],
    },
  });
  await pass(4000);
  expect(await findings()).toMatchObject([{ severity: 'LOW', fixAvailable: 'PARTIAL' }]);
});

test('an update closes its findings at the next scan, and a downgrade opens them again', async () => {
  const { on, online, pass, active, findings, change, world, instance } = simulateInspector();
  await on();
  const id = await online('amazon-linux-2023', { generation: 0 });
  await pass(4000);
  const put = (expat: string) => {
    const volume = world.volumes.get(instance(id).blockDevices[0]?.volumeId ?? '');
    if (volume?.disk === undefined) throw new Error('no disk');
    const packages = { ...volume.disk.packages, expat };
    world.volumes.put({ ...volume, disk: { ...volume.disk, packages } }, world.now(), 0);
  };
  put('2.6.3-1.amzn2023.0.3');
  expect(await active()).toContain('CVE-2026-99004');
  await pass(1900);
  expect(await active()).not.toContain('CVE-2026-99004');
  const closed = await findings({ findingStatus: [{ comparison: 'EQUALS', value: 'CLOSED' }] });
  expect(closed).toMatchObject([{ severity: 'CRITICAL' }]);
  put('2.6.3-1.amzn2023.0.1');
  await pass(1900);
  expect(await active()).toContain('CVE-2026-99004');
  // Findings of a stopped instance stay, and those of a terminated one are closed and then deleted.
  change(id, { state: 'stopped' });
  expect(await active()).toContain('CVE-2026-99004');
  change(id, { state: 'terminated' });
  expect(await active()).toEqual([]);
  expect(await findings()).not.toEqual([]);
  await pass(4 * 86_400);
  expect(await findings()).toEqual([]);
});

test('stopped, terminated and excluded instances are not scanned', async () => {
  const { on, online, pass, coverage, change } = simulateInspector();
  await on();
  const [stopped, excluded] = [
    await online('amazon-linux-2023'),
    await online('amazon-linux-2023', { tags: { InspectorEc2Exclusion: '' } }),
  ];
  change(stopped, { state: 'stopped' });
  await pass(4000);
  expect(statusOf(await coverage(stopped))).toEqual([
    { statusCode: 'INACTIVE', reason: 'EC2_INSTANCE_STOPPED', isScanned: false },
  ]);
  expect(statusOf(await coverage(excluded))).toEqual([
    { statusCode: 'INACTIVE', reason: 'EXCLUDED_BY_TAG', isScanned: false },
  ]);
  change(stopped, { state: 'terminated' });
  expect(statusOf(await coverage(stopped))).toMatchObject([{ reason: 'RESOURCE_TERMINATED' }]);
});

test('scans go on after a reboot', async () => {
  const { on, online, pass, coverage, world } = simulateInspector();
  await on();
  const id = await online('amazon-linux-2023');
  await pass(4000);
  rebootGuest(world, id, world.now());
  await pass(7200);
  const [covered] = await coverage(id);
  expect(world.now() - Number(covered?.lastScannedAt)).toBeLessThanOrEqual(1_800_000);
});

test('on Windows, the findings are the missing security updates', async () => {
  const { on, online, pass, findings } = simulateInspector();
  await on();
  await online('windows-2022', { generation: 0 });
  await pass(4000);
  expect(await findings()).toMatchObject([
    {
      severity: 'HIGH',
      fixAvailable: 'YES',
      packageVulnerabilityDetails: {
        vulnerabilityId: 'KB5068787',
        vulnerablePackages: [{ version: '20348.4294', fixedInVersion: '0:20348.4405' }],
      },
    },
  ]);
});

test('lists have pages and filters', async () => {
  const { on, online, pass, findings, inspector, run } = simulateInspector();
  await on();
  const ids = [await online('amazon-linux-2023'), await online('ubuntu-24.04')];
  await pass(4000);
  const first = await run(inspector.send(new ListCoverageCommand({ maxResults: 1 })));
  expect(first.coveredResources).toHaveLength(1);
  const { nextToken } = first;
  const second = await run(inspector.send(new ListCoverageCommand({ maxResults: 1, nextToken })));
  expect(second.coveredResources?.[0]?.resourceId).not.toBe(first.coveredResources?.[0]?.resourceId);
  await expect(run(inspector.send(new ListFindingsCommand({ nextToken: 'x' })))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(run(inspector.send(new ListFindingsCommand({ maxResults: 101 })))).rejects.toMatchObject({
    message: expect.stringContaining('less than or equal to 100'),
  });
  const severe = await findings({
    resourceId: [{ comparison: 'EQUALS', value: ids[0] }],
    severity: [
      { comparison: 'EQUALS', value: 'CRITICAL' },
      { comparison: 'EQUALS', value: 'HIGH' },
    ],
    vulnerabilityId: [{ comparison: 'NOT_EQUALS', value: 'CVE-2026-99001' }],
    title: [{ comparison: 'PREFIX', value: 'CVE-2026-' }],
  });
  expect(new Set(severe.map(({ severity }) => severity))).toEqual(new Set(['CRITICAL', 'HIGH']));
  expect(severe.map(({ title }) => title)).not.toContain('CVE-2026-99001 - kernel');
  await expect(
    run(inspector.send(new ListFindingsCommand({ filterCriteria: { severity: [] } }))),
  ).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(
    run(inspector.send(new ListFindingsCommand({ sortCriteria: { field: 'SEVERITY', sortOrder: 'ASC' } }))),
  ).rejects.toMatchObject({ name: 'NotEmulated' });
});
