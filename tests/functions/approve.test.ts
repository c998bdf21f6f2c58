import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { endApproval, readApproval } from '../../shared/aws/approvals-table.ts';
import { takeLease } from '../../shared/aws/builds-table.ts';
import type { Answer, Approval } from '../../shared/build/approval.ts';
import type { PendingApproval } from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import { approvedRecipe, approver, sessionArn } from '../simulated-approval.ts';
import { AT, failureOf, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const HOUR = 3600;
const version = versionOf('test-execution', AT.toISOString());

/** A build that has been tested, and is about to ask for approval. */
async function testedBuild(options: { faults?: Fault[] } = {}) {
  const build = simulateBuild({ recipe: approvedRecipe, ...options });
  const { messages } = approver(build);
  await build.through('copyImages');
  const { deps } = build.pipeline;
  const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
  const stored = () => build.run(readApproval(table, 'test-execution'));
  const end = async (change: Parameters<typeof endApproval>[2]) =>
    build.run(endApproval(table, (await stored()) as Approval, change));
  const lease = (execution: string) =>
    build.run(takeLease(table, 'plain', execution, new Date(build.world.now())));
  return { ...build, messages, stored, end, lease, table };
}

/** Invokes the stage as another build of the recipe, which started at another time. */
const askAs = (build: SimulatedBuild, execution: string, startTime: Date) => {
  const plan = { ...(build.document.plan as object), version: versionOf(execution, startTime.toISOString()) };
  const document = { ...build.document, plan, approval: undefined };
  return build.run(
    build.pipeline.invoke('approve', { execution, startTime: startTime.toISOString(), document }),
  );
};

const answer: Answer = {
  decision: 'approve',
  by: sessionArn('alice'),
  at: '2026-11-22T04:00:00.000Z',
  automation: '00000000-0000-4000-8000-000000000000',
};

describe('Approve', () => {
  it('asks people once, with everything that they need, and waits', async () => {
    const build = await testedBuild();
    const { imageId } = build.document.candidate as { imageId: string };
    const { base } = build.document.plan as { base: { imageId: string; name: string } };
    const pending = await build.invoke<PendingApproval>('approve');
    const { deadline, since } = pending;
    expect(pending).toMatchObject({
      status: 'pending',
      waitSeconds: 15,
      awaiting: `a person to approve plain ${version} before ${deadline}`,
    });
    expect(Date.parse(deadline) - Date.parse(since)).toBe(24 * HOUR * 1000);
    const [sent, ...more] = await build.messages();
    expect(more).toEqual([]);
    expect(sent?.Subject).toBe(`Golden image plain: ${version} waits for approval`);
    expect(sent?.Message).toBe(`A build of plain (A recipe for tests) waits for approval until ${deadline}.

  Version      ${version}
  Base         the base image ${base.imageId} (${base.name})
  Image        ${imageId} in us-east-1
  Regions      us-east-1, eu-west-1
  Shared with  111122223333
  Test         a fresh instance passed all checks
  Execution    test-execution

No other account can see the image yet. To release it, or to refuse it:

  npx --no -- golden approve test-execution --aws --region us-east-1
  npx --no -- golden reject test-execution --aws --region us-east-1 --reason "..."

Without the command line of the pipeline:

  aws ssm start-automation-execution --region us-east-1 --document-name golden-image-approval \\
    --parameters Build=test-execution,Decision=approve
`);
  });

  it('returns the lease of the recipe, so that a newer build can begin', async () => {
    const build = await testedBuild();
    expect(await build.lease('newer')).toMatchObject({ execution: 'test-execution' });
    await build.invoke('approve');
    expect(await build.lease('newer')).toMatchObject({ execution: 'newer' });
    // A repeated invocation does not take the lease of the newer build.
    await build.invoke('approve');
    expect(await build.lease('third')).toMatchObject({ execution: 'newer' });
  });

  it('asks nobody a second time when it is repeated, and checks ever more rarely, up to every ten minutes', async () => {
    const build = await testedBuild();
    await build.invoke('approve');
    expect(await build.messages()).toHaveLength(1);
    delete build.document.approval;
    const waits: number[] = [];
    while (build.world.now() < AT.getTime() + 20 * HOUR * 1000) {
      const { waitSeconds } = await build.invoke<PendingApproval>('approve');
      waits.push(waitSeconds);
      await build.pass(waitSeconds);
    }
    expect(await build.messages()).toEqual([]);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect([waits[0], waits.at(-1)]).toEqual([15, 600]);
  });

  it('returns who approved the build, also when it is repeated', async () => {
    const build = await testedBuild();
    await build.invoke('approve');
    await build.end({ state: 'approved', answer: { ...answer, comment: 'good' } });
    const approved = {
      status: 'ready',
      by: answer.by,
      at: answer.at,
      comment: 'good',
      automation: answer.automation,
    };
    expect(await build.invoke('approve')).toEqual(approved);
    await askAs(build, 'newer', new Date(AT.getTime() + HOUR * 1000));
    expect(await build.invoke('approve')).toEqual(approved);
  });

  it('fails with the reason of the person who rejected the build', async () => {
    const build = await testedBuild();
    await build.invoke('approve');
    await build.end({ state: 'rejected', answer: { ...answer, decision: 'reject', comment: 'too old' } });
    expect(await failureOf(build.invoke('approve'))).toEqual({
      name: 'Rejected',
      message: `${answer.by} rejected plain ${version}: too old`,
    });
  });

  it('fails at the deadline, and an answer after it does not count', async () => {
    const build = await testedBuild();
    const { deadline } = await build.invoke<PendingApproval>('approve');
    await build.pass(24 * HOUR);
    const failure = {
      name: 'NotApproved',
      message: `Nobody approved plain ${version} before ${deadline}. To release the image, start a build again, and approve it in time`,
    };
    expect(await failureOf(build.invoke('approve'))).toEqual(failure);
    expect(await build.end({ state: 'approved', answer })).toMatchObject({ state: 'expired' });
    expect(await failureOf(build.invoke('approve'))).toEqual(failure);
  });

  it('does not lose an answer that was given just before the deadline', async () => {
    const build = await testedBuild();
    await build.invoke('approve');
    await build.end({ state: 'approved', answer });
    await build.pass(25 * HOUR);
    expect(await build.invoke('approve')).toMatchObject({ by: answer.by });
  });

  it('is superseded when a newer build asks, at once', async () => {
    const build = await testedBuild();
    await build.invoke('approve');
    const startTime = new Date(AT.getTime() + HOUR * 1000);
    await build.messages();
    expect(await askAs(build, 'newer', startTime)).toMatchObject({ status: 'pending' });
    const [message] = await build.messages();
    expect(message?.Message).toContain(
      `\n  Supersedes   ${version}, which waited for approval: test-execution\n`,
    );
    const newer = versionOf('newer', startTime.toISOString());
    expect(await build.stored()).toMatchObject({ state: 'superseded', supersededBy: newer });
    expect(await failureOf(build.invoke('approve'))).toEqual({
      name: 'Superseded',
      message: `The newer build ${newer} of plain supersedes plain ${version}, which waited for approval`,
    });
  });

  it('names the build that it supersedes, also if it died before it asked', async () => {
    const faults: Fault[] = [];
    const build = await testedBuild({ faults });
    await build.invoke('approve');
    await build.messages();
    const startTime = new Date(AT.getTime() + HOUR * 1000);
    // The second write would make this build the newest one.
    const denied = { error: 'AccessDeniedException', status: 400 } as const;
    faults.push({ call: 'PutItem', skip: 1, times: 1, ...denied });
    expect(await failureOf(askAs(build, 'newer', startTime))).toMatchObject({ name: 'Denied' });
    expect(await build.stored()).toMatchObject({ state: 'superseded' });
    faults.push({ call: 'Publish', error: 'AuthorizationErrorException', status: 403 });
    expect(await failureOf(askAs(build, 'newer', startTime))).toMatchObject({ name: 'Denied' });
    await askAs(build, 'newer', startTime);
    expect((await build.messages()).map(({ Message }) => Message)).toEqual([
      expect.stringContaining(`Supersedes   ${version}, which waited`),
    ]);
  });

  it('asks nobody if a newer build has asked already', async () => {
    const build = await testedBuild();
    await askAs(build, 'newer', new Date(AT.getTime() + HOUR * 1000));
    expect(await build.messages()).toHaveLength(1);
    expect(await failureOf(build.invoke('approve'))).toMatchObject({ name: 'Superseded' });
    expect(await build.messages()).toEqual([]);
  });

  it('asks when AWS lets it, if AWS refused the message at first', async () => {
    const faults: Fault[] = [{ call: 'Publish', error: 'AuthorizationErrorException', status: 403 }];
    const build = await testedBuild({ faults });
    expect(await failureOf(build.invoke('approve'))).toMatchObject({ message: /sns:Publish/ });
    expect(await build.messages()).toEqual([]);
    await build.invoke('approve');
    expect(await build.messages()).toHaveLength(1);
  });

  it('refuses a document without a verdict', async () => {
    const build = await testedBuild();
    delete build.document.verdict;
    expect(await failureOf(build.invoke('approve'))).toMatchObject({ name: 'Defect' });
  });
});
