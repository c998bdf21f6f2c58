import { describe, expect, it } from 'vitest';
import { endApproval, readApproval, storeApproval, takeOver } from '../../shared/aws/approvals-table.ts';
import type { ChannelHistory } from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import { approvedRecipe, approver } from '../simulated-approval.ts';
import { AT, failureOf, type SimulatedBuild, simulateBuild, withoutSpent } from '../simulated-build.ts';

const read = async ({ run, pipeline }: SimulatedBuild, document: object) =>
  withoutSpent(
    (await run(
      pipeline.invoke('readHistory', { execution: 'read', startTime: AT.toISOString(), document }),
    )) as ChannelHistory,
  );

const version = versionOf('test-execution', AT.toISOString());

/** A build that waits for approval. */
async function askedBuild() {
  const build = simulateBuild({ recipe: approvedRecipe });
  approver(build);
  await build.through('copyImages');
  await build.invoke('approve');
  const { dynamodb, settings } = build.pipeline.deps;
  const table = { dynamodb, table: settings.table };
  const approval = await build.run(readApproval(table, 'test-execution'));
  if (approval === undefined) throw new Error('nobody was asked');
  return { build, table, approval };
}

describe('ReadHistory', () => {
  it('returns the channels in their order, the releases and the moves', async () => {
    const build = simulateBuild();
    await build.through('publish');
    expect(await read(build, { recipe: 'plain' })).toMatchObject({
      status: 'ready',
      recipe: 'plain',
      channels: [
        { name: 'candidate', parameter: '/golden-images/plain/candidate', version, by: 'a person' },
        { name: 'stable', parameter: '/golden-images/plain/stable' },
      ],
      releases: [{ version, images: { 'us-east-1': expect.any(String), 'eu-west-1': expect.any(String) } }],
      history: [{ channel: 'candidate', how: 'released', to: version }],
    });
  });

  it('returns the same when it is repeated, also without a release', async () => {
    const build = simulateBuild();
    const first = await read(build, { recipe: 'plain' });
    expect(first).toMatchObject({ releases: [], history: [] });
    expect(await read(build, { recipe: 'plain' })).toEqual(first);
  });

  it.each([
    [
      {
        state: 'rejected',
        answer: { decision: 'reject', by: 'arn:lead', at: 'now', comment: 'old', automation: 'a' },
      },
      { state: 'rejected', by: 'arn:lead', at: 'now', comment: 'old' },
    ],
    [{ state: 'expired' }, { state: 'expired', at: expect.stringMatching(/^2026-11-23T/) }],
    [
      { state: 'superseded', supersededBy: '9' },
      { state: 'superseded', supersededBy: '9' },
    ],
  ] as const)('returns how the last question for approval ended: %j', async (end, ended) => {
    const { build, table, approval } = await askedBuild();
    const { deadline } = approval;
    expect(await read(build, { recipe: 'plain' })).toMatchObject({ waiting: { version, deadline } });
    expect(await read(build, { recipe: 'plain' })).not.toHaveProperty('ended');
    await build.run(endApproval(table, approval, end));
    const history = await read(build, { recipe: 'plain' });
    expect(history).not.toHaveProperty('waiting');
    expect(history.ended).toEqual({ execution: 'test-execution', version, ...ended });
  });

  it('returns the build that was superseded with the build that waits, and a stopped build as expired', async () => {
    const { build, table, approval } = await askedBuild();
    const newer = { ...approval, execution: 'newer', version: '20991231-000000-000000' };
    await build.run(storeApproval(table, newer));
    await build.run(takeOver(table, newer));
    expect(await read(build, { recipe: 'plain' })).toMatchObject({
      waiting: { execution: 'newer', version: newer.version },
      ended: { execution: 'test-execution', version, state: 'superseded', supersededBy: newer.version },
    });
    await build.pass(25 * 3600);
    expect((await read(build, { recipe: 'plain' })).ended).toEqual({
      execution: 'newer',
      version: newer.version,
      state: 'expired',
      at: approval.deadline,
    });
  });

  it('reports that the table cannot be read', async () => {
    const build = simulateBuild({
      faults: [{ call: 'GetItem', error: 'AccessDeniedException', status: 400 }],
    });
    expect(await failureOf(read(build, { recipe: 'plain' }))).toMatchObject({ name: 'Denied' });
  });

  it('refuses a recipe that is not deployed, and a document without a recipe', async () => {
    const build = simulateBuild();
    expect(await failureOf(read(build, { recipe: 'other' }))).toMatchObject({ name: 'InvalidInput' });
    expect(await failureOf(read(build, {}))).toMatchObject({ name: 'Defect' });
  });
});
