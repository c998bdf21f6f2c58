import { EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { EnableCommand } from '@aws-sdk/client-inspector2';
import {
  addDefaultNetwork,
  addInstanceProfile,
  answerFrom,
  type Fault,
  installClock,
  newWorld,
  services,
  settle,
} from 'embedded-aws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inspector2 as makeInspector2, type Prepare } from '../../shared/aws/clients.ts';
import { readCoverage, readFindings, scansInstances } from '../../shared/aws/findings.ts';
import { cveVerdict } from '../../shared/build/cve-gate.ts';
import { cveScan, type SeenFindings } from '../../shared/build/cve-scan.ts';
import type { CveGate } from '../../shared/recipe/recipe.ts';

const ACCOUNT = '999988887777';
const REGION = 'eu-west-1';

/** An account in which Inspector scans instances, unless `on` is false. */
async function simulate({ on = true, faults = [] as Fault[] } = {}) {
  const clock = installClock(new Date('2026-11-20T03:00:00Z'), 7);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({ seed: 7, now: clock.now, faults });
  const { subnets } = addDefaultNetwork(world, ACCOUNT, REGION);
  addInstanceProfile(world, { account: ACCOUNT, name: 'tester' });
  const prepare: Prepare = (client) => answerFrom(world, services, client, ACCOUNT);
  const inspector2 = makeInspector2(REGION, prepare)(REGION);
  const ec2 = new EC2Client({ region: REGION });
  answerFrom(world, services, ec2, ACCOUNT);
  const pass = async (seconds: number) => {
    await clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(world, services);
  };
  if (on) {
    await clock.run(inspector2.send(new EnableCommand({ resourceTypes: ['EC2'] })));
    await pass(1_200);
  }
  const launch = async (name: RegExp, userData = ''): Promise<string> => {
    const images = world.images.all().filter((image) => image.region === REGION && name.test(image.name));
    const [newest] = images.toSorted((a, b) => b.creationDate - a.creationDate);
    const { Instances = [] } = await clock.run(
      ec2.send(
        new RunInstancesCommand({
          ImageId: newest?.id,
          InstanceType: 'm7i.large',
          MinCount: 1,
          MaxCount: 1,
          SubnetId: subnets[0]?.id,
          IamInstanceProfile: { Name: 'tester' },
          UserData: Buffer.from(userData).toString('base64'),
        }),
      ),
    );
    return Instances[0]?.InstanceId ?? '';
  };
  return { world, clock, ec2, inspector2, pass, launch, run: clock.run };
}

const AL2023 = /^al2023-ami-2023.*-kernel-6\.1-x86_64$/;

describe('the findings of an instance', () => {
  it('are complete when the scan says so, and judge a base image that is not patched', async () => {
    const { inspector2, run, launch, pass, clock } = await simulate();
    expect(await run(scansInstances(inspector2))).toBe(true);
    const instanceId = await launch(AL2023);
    const since = new Date(clock.now()).toISOString();
    const said: string[] = [];
    let seen: SeenFindings | undefined;
    for (;;) {
      const coverage = await run(readCoverage(instanceId, inspector2));
      const findings = await run(readFindings(instanceId, inspector2));
      const now = new Date(clock.now());
      const scan = cveScan({ instanceId, coverage, findings, seen, since, now }, { deadlineMinutes: 60 });
      if (scan.status === 'failed') throw new Error(scan.reason);
      if (scan.status === 'complete') break;
      seen = scan.seen;
      said.push(scan.said);
      await pass(15);
    }
    expect([...new Set(said)].slice(0, 3)).toEqual([
      'the instance is not known yet',
      'UNMANAGED_EC2_INSTANCE',
      'PENDING_INITIAL_SCAN',
    ]);
    const findings = await run(readFindings(instanceId, inspector2));
    await pass(600);
    expect(await run(readFindings(instanceId, inspector2))).toEqual(findings);

    const gate: CveGate = { failFrom: 'critical', onlyFixable: true, accept: [], deadlineMinutes: 60 };
    expect(cveVerdict(findings, gate, new Date(clock.now()))).toMatchObject({
      passed: false,
      reasons: ['CVE-2026-99004 (critical) in expat 2.6.3-1.amzn2023.0.2 (fixed in 2.6.3-1.amzn2023.0.3)'],
      found: { critical: 1, high: 2, medium: 3, low: 1 },
    });
  });

  it('show a fix only where there is one', async () => {
    const { inspector2, run, launch, pass } = await simulate();
    const instanceId = await launch(AL2023, '#!/bin/sh\ndnf upgrade -y\ndnf install -y git docker jq\n');
    await pass(7_200);
    const findings = await run(readFindings(instanceId, inspector2));
    const byId = findings.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId).toMatchObject([
      { id: 'CVE-2026-99007', severity: 'low', isFixable: false },
      { id: 'CVE-2026-99008', severity: 'medium', isFixable: false },
      {
        id: 'CVE-2026-99009',
        severity: 'high',
        isFixable: true,
        packages: [{ name: 'docker', version: '25.0.13-1.amzn2023.0.1', fixedIn: '25.0.14-1.amzn2023.0.1' }],
      },
      { id: 'CVE-2026-99010', severity: 'high', isFixable: false },
      { id: 'CVE-2026-99011', severity: 'untriaged', isFixable: false },
    ]);
    expect(byId[3]?.packages).toEqual([{ name: 'git', version: '2.50.1-1.amzn2023.0.1' }]);
  });

  it('count as fixable if one of two packages has a fix', async () => {
    const { inspector2, run, launch, pass } = await simulate();
    const instanceId = await launch(/^debian-12-amd64/, '#!/bin/sh\ndpkg -i amazon-ssm-agent.deb\n');
    await pass(7_200);
    const findings = await run(readFindings(instanceId, inspector2));
    expect(findings.find(({ id }) => id === 'CVE-2026-99005')).toEqual({
      id: 'CVE-2026-99005',
      severity: 'low',
      isFixable: true,
      packages: [
        { name: 'curl', version: '7.88.1-10+deb12u14', fixedIn: '7.88.1-10+deb12u15' },
        { name: 'libgnutls30', version: '3.7.9-2+deb12u5' },
      ],
    });
  });

  it('are those of the one instance', async () => {
    const { inspector2, run, launch, pass } = await simulate();
    const [linux, ubuntu] = [await launch(AL2023), await launch(/^ubuntu\/.*24\.04.*amd64/)];
    await pass(7_200);
    const ids = async (id: string) => (await run(readFindings(id, inspector2))).map((one) => one.id);
    expect(await ids(linux)).toContain('CVE-2026-99002');
    expect(await ids(ubuntu)).not.toContain('CVE-2026-99002');
    expect((await run(readCoverage(ubuntu, inspector2)))?.reason).toBe('SUCCESSFUL');
  });

  it('end with the instance', async () => {
    const { inspector2, ec2, run, launch, pass } = await simulate();
    const instanceId = await launch(AL2023);
    await pass(7_200);
    await run(ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] })));
    await pass(300);
    expect(await run(readFindings(instanceId, inspector2))).toEqual([]);
    expect((await run(readCoverage(instanceId, inspector2)))?.reason).toBe('RESOURCE_TERMINATED');
  });

  it('are empty without Inspector, which is not the same as no vulnerability', async () => {
    const { inspector2, run, launch, pass } = await simulate({ on: false });
    const instanceId = await launch(AL2023);
    await pass(7_200);
    expect(await run(scansInstances(inspector2))).toBe(false);
    expect(await run(readFindings(instanceId, inspector2))).toEqual([]);
    expect(await run(readCoverage(instanceId, inspector2))).toBeUndefined();
  });

  it('fail with our errors', async () => {
    const faults: Fault[] = [
      { call: 'ListFindings', service: 'inspector2', error: 'AccessDeniedException', status: 403, times: 1 },
    ];
    const { inspector2, run } = await simulate({ faults });
    await expect(run(readFindings('i-00000000000000000', inspector2))).rejects.toMatchObject({
      name: 'Denied',
      message: expect.stringContaining('inspector2:ListFindings in eu-west-1'),
    });
  });
});
