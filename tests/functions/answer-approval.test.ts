import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { readApproval } from '../../shared/aws/approvals-table.ts';
import { approvedRecipe, sessionArn, simulateApproval } from '../simulated-approval.ts';
import { AT, failureOf, recipeFile } from '../simulated-build.ts';

const HOUR = 3600;

async function askedBuild(options: Parameters<typeof simulateApproval>[0] = {}) {
  const simulation = simulateApproval(options);
  const { pipeline, run } = simulation;
  const build = await simulation.ask();
  const { dynamodb, settings } = pipeline.deps;
  const stored = () => run(readApproval({ dynamodb, table: settings.table }, build.name));
  const invoke = (document: object) =>
    run(pipeline.invoke('answerApproval', { execution: 'x', startTime: AT.toISOString(), document }));
  return { ...simulation, build, stored, invoke };
}

describe('AnswerApproval', () => {
  it('stores the decision, with the person that AWS authenticated and the time of the answer', async () => {
    const { build, answer, stored, world } = await askedBuild();
    const at = new Date(world.now()).toISOString();
    const given = await answer(build.name, 'approve', { comment: 'good' });
    expect(given).toMatchObject({
      automation: 'Success',
      answer: { status: 'ready', execution: build.name, recipe: 'plain', decision: 'approve' },
    });
    expect(await stored()).toMatchObject({
      state: 'approved',
      answer: { by: sessionArn('alice'), at, comment: 'good', automation: given.id, decision: 'approve' },
    });
  });

  it('has the same result when it is repeated', async () => {
    const { build, answer, stored, invoke } = await askedBuild();
    const { id } = await answer(build.name, 'approve');
    const before = await stored();
    expect(await invoke({ automation: id })).toMatchObject({ by: sessionArn('alice'), decision: 'approve' });
    expect(await stored()).toEqual(before);
  });

  it('accepts one answer only', async () => {
    const { build, answer } = await askedBuild();
    await answer(build.name, 'reject', { comment: 'no', as: 'bob' });
    expect(await answer(build.name, 'approve')).toMatchObject({
      automation: 'Failed',
      error: 'InvalidInput',
      message: expect.stringContaining(`${sessionArn('bob')} already rejected plain`),
    });
  });

  it('refuses a rejection without a reason', async () => {
    const { build, answer, stored } = await askedBuild();
    expect(await answer(build.name, 'reject')).toMatchObject({
      message: 'A rejection needs a reason: set Comment',
    });
    expect(await stored()).toMatchObject({ state: 'waiting' });
  });

  it('refuses an answer after the deadline, and an answer to an unknown build', async () => {
    const { build, answer, pass, stored } = await askedBuild();
    expect(await answer('unknown', 'approve')).toMatchObject({
      message: 'No build with the name unknown has asked for approval in the last weeks',
    });
    const deadline = (await stored())?.deadline;
    await pass(24 * HOUR);
    expect(await answer(build.name, 'approve')).toMatchObject({
      message: expect.stringContaining(`was ${deadline}`),
    });
  });

  it('refuses to approve a build of a recipe that has changed, because its list of accounts may be obsolete', async () => {
    const { build, answer, pipeline } = await askedBuild();
    const changed = { ...approvedRecipe, share: { accounts: [] } };
    Object.assign(pipeline.deps.recipes, { plain: recipeFile(changed).recipe });
    expect(await answer(build.name, 'approve')).toMatchObject({
      error: 'InvalidInput',
      message: expect.stringContaining('The recipe plain has changed since the build'),
    });
    expect(await answer(build.name, 'reject', { comment: 'obsolete' })).toMatchObject({
      automation: 'Success',
    });
  });

  it('refuses an automation of another document: anybody may start that', async () => {
    const { build, answer, call, invoke, stored } = await askedBuild();
    const parameters = { Build: { type: 'String' }, Decision: { type: 'String' } };
    const nap = { name: 'nap', action: 'aws:sleep', inputs: { Duration: 'PT1S' } };
    const Content = JSON.stringify({ schemaVersion: '0.3', parameters, mainSteps: [nap] });
    const document = { Name: 'lookalike', Content, DocumentType: 'Automation', DocumentFormat: 'JSON' };
    call('ssm', 'CreateDocument', document);
    const { id } = await answer(build.name, 'approve', { document: 'lookalike' });
    expect(await failureOf(invoke({ automation: id }))).toEqual({
      name: 'InvalidInput',
      message: `The automation ${id} ran lookalike, but answers are automations of golden-image-approval`,
    });
    expect(await stored()).toMatchObject({ state: 'waiting' });
  });

  it('says that AWS denies the read of the automation', async () => {
    const faults: Fault[] = [];
    const { build, answer, invoke, stored } = await askedBuild({ faults });
    const { id } = await answer(build.name, 'reject');
    faults.push({ call: 'GetAutomationExecution', error: 'AccessDeniedException', status: 400 });
    expect(await failureOf(invoke({ automation: id }))).toMatchObject({ name: 'Denied' });
    expect(await stored()).toMatchObject({ state: 'waiting' });
  });

  it('refuses a document without the automation', async () => {
    const { invoke } = await askedBuild();
    expect(await failureOf(invoke({}))).toMatchObject({ name: 'Defect' });
  });
});
