import { type ExecutionRecord, type Fault, perform } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Leftovers } from '../../functions/find-leftovers.ts';
import { HOME } from '../../local/pipeline.ts';
import { takeTurn } from '../../shared/aws/channels-table.ts';
import { FORMER_DOCUMENT_SECONDS } from '../../shared/build/former-documents.ts';
import { failureOf, plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

function simulateSearch(options: Parameters<typeof simulateLeftovers>[0] = {}) {
  const simulation = simulateLeftovers(options);
  const { pipeline, run, world } = simulation;
  const find = () => run(pipeline.invoke('findLeftovers', {})) as Promise<Leftovers>;
  const change = ({ arn }: { arn: string }, changes: Partial<ExecutionRecord>) => {
    const record = world.executions.get(arn) as ExecutionRecord;
    world.executions.put({ ...record, ...changes }, world.now(), 0);
  };
  return { ...simulation, find, change };
}

const always = { times: 'always', error: 'InternalError', message: 'No.', status: 500 } as const;
const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;
const nothing = { executions: [], summary: 'No leftovers found.', outcome: 'clean' };

describe('FindLeftovers', () => {
  it('finds nothing when nothing was built, and ignores resources of others', async () => {
    const { find, addOtherResources, measured } = simulateSearch();
    await addOtherResources();
    expect(await find()).toEqual(nothing);
    expect(measured).toEqual({ LeftoversFound: 0 });
  });

  it('returns a stopped build after an hour, and returns it again when it is repeated', async () => {
    const { find, stopped, pass, resources, measured } = simulateSearch();
    const build = await stopped('CopyImages', 60);
    expect(await find()).toEqual(nothing);
    await pass(HOUR_SECONDS);
    const before = resources();
    const found = {
      executions: [
        {
          execution: build.name,
          marks: 'doubtful',
          reason: 'the execution ended with status ABORTED',
          startTime: build.startTime,
        },
      ],
      summary: expect.stringMatching(
        /^Found leftovers of 1 execution: 2 images, 2 snapshots, 1 instance and 1 volume in .*\.$/,
      ),
      outcome: 'clean',
    };
    expect(await find()).toEqual(found);
    expect(measured.LeftoversFound).toBe(before.length);
    expect(await find()).toEqual(found);
    expect(resources()).toEqual(before);
  });

  it('ignores a release and a running build', async () => {
    const faults: Fault[] = [{ command: 'AWS-RunPatchBaseline', hangs: true }];
    const other = { ...plainRecipe, name: 'other' };
    const { find, pipeline, run, pass } = simulateSearch({
      recipes: [recipeFile(plainRecipe), recipeFile(other)],
      faults,
    });
    const hanging = pipeline.start('other');
    await pass(HOUR_SECONDS / 2);
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'SUCCEEDED' });
    await pass(HOUR_SECONDS);
    expect(await find()).toEqual(nothing);
    hanging.stop();
    await pass(2 * HOUR_SECONDS);
    expect(await find()).toMatchObject({ executions: [{ execution: hanging.name }] });
  });

  it('finds the released images of a build that failed after the release', async () => {
    const { find, pipeline, run, pass, change } = simulateSearch();
    const build = pipeline.start('plain');
    await run(build.result);
    await pass(HOUR_SECONDS);
    change(build, { status: 'FAILED', error: 'DeadlinePassed' });
    expect(await find()).toMatchObject({ executions: [{ execution: build.name, marks: 'void' }] });
    change(build, { status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(await find()).toEqual(nothing);
  });

  it('finds resources of an execution that Step Functions has forgotten, but not its release', async () => {
    const { find, stopped, pipeline, run, pass } = simulateSearch();
    await run(pipeline.start('plain').result);
    const build = await stopped('CreateImage', 10);
    await pass(91 * DAY_SECONDS);
    const [found] = (await find()).executions;
    expect(found).toEqual({
      execution: build.name,
      marks: 'valid',
      reason: 'Step Functions does not know the execution, or no longer knows it',
    });
  });

  it('checks the deployments in other regions', async () => {
    const { find, stopped, pass, world } = simulateSearch();
    const build = await stopped('Patch', 10);
    await pass(HOUR_SECONDS);
    const record = world.executions.get(build.arn) as ExecutionRecord;
    const there = (status: ExecutionRecord['status']) => {
      const id = build.arn.replace('us-east-1', 'eu-west-1');
      world.executions.put({ ...record, id, region: 'eu-west-1', status }, world.now(), 0);
    };
    // An execution of the same name in the other region is running.
    there('RUNNING');
    expect(await find()).toEqual(nothing);
    there('SUCCEEDED');
    const namesake = {
      marks: 'valid',
      reason: 'the execution has ended, and so has the execution of the same name in eu-west-1',
    };
    expect(await find()).toMatchObject({ executions: [{ execution: build.name, ...namesake }] });
    // Only the other deployment has the execution, and it has ended: the other deployment cleans up.
    world.executions.delete(build.arn);
    expect(await find()).toEqual(nothing);
  });

  it('returns an execution that died while it moved a channel, but none that runs', async () => {
    const { find, pipeline, run, world, pass } = simulateSearch();
    const build = pipeline.start('plain');
    await run(build.result);
    const record = world.executions.get(build.arn) as ExecutionRecord;
    const { deps } = pipeline;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    await run(takeTurn(table, 'plain', 'move', new Date(world.now())));
    await pass(HOUR_SECONDS);
    const is = (status: ExecutionRecord['status']) => {
      const stateMachineArn = record.stateMachineArn.replace('golden-image-bake', 'golden-image-channels');
      const id = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:move`;
      world.executions.put({ ...record, id, name: 'move', stateMachineArn, status }, world.now(), 0);
    };
    is('RUNNING');
    expect(await find()).toEqual(nothing);
    is('ABORTED');
    const reason = 'did not finish moving a channel of plain';
    expect(await find()).toMatchObject({ executions: [{ execution: 'move', marks: 'doubtful', reason }] });
  });

  it('keeps resources whose execution it cannot check, and reports this', async () => {
    const faults: Fault[] = [];
    const { find, stopped, pass } = simulateSearch({ faults });
    await stopped('Patch', 10);
    await pass(HOUR_SECONDS);
    faults.push({ call: 'DescribeExecution', region: 'eu-west-1', ...always });
    expect(await find()).toEqual({ ...nothing, outcome: 'left' });
  });

  it.each([
    ['closed to the account', denied, 'clean'],
    ['unavailable', always, 'left'],
  ] as const)('names a region that it cannot read, and finds the rest: %s', async (_, fault, outcome) => {
    const faults: Fault[] = [];
    const { find, stopped, pass } = simulateSearch({ faults });
    await stopped('Patch', 10);
    await pass(HOUR_SECONDS);
    faults.push({ call: 'DescribeImages', region: 'ap-south-1', ...denied, ...fault });
    // A closed region is closed for Step Functions, too.
    if (outcome === 'clean') faults.push({ call: 'DescribeExecution', region: 'ap-south-1', ...denied });
    const { executions, summary, outcome: found } = await find();
    expect(executions).toHaveLength(1);
    expect(summary).toMatch(/Could not check ap-south-1 \(ec2:DescribeImages in ap-south-1: .*No\..*\)\.$/);
    expect(found).toBe(outcome);
  });

  it('reports a problem when it may not read its own region', async () => {
    const { find } = simulateSearch({ faults: [{ call: 'DescribeVolumes', ...denied }] });
    expect(await find()).toMatchObject({ outcome: 'left' });
  });

  it.each(['DescribeRegions', 'DescribeExecution'])('fails when it may not call %s', async (call) => {
    const faults: Fault[] = [];
    const { find, stopped } = simulateSearch({ faults });
    await stopped('Patch', 10);
    faults.push({ call, ...denied, error: 'AccessDeniedException' });
    expect(await failureOf(find())).toMatchObject({ name: 'Denied' });
  });

  it('returns at most as many executions as one run can clean up, the newest first', async () => {
    const { find, stopped, pass, world } = simulateSearch();
    const build = await stopped('Patch', 10);
    const [volume] = world.volumes.all().filter(({ tags }) => tags['golden-image:execution'] === build.name);
    if (volume === undefined) throw new Error('no volume');
    for (let index = 0; index < 25; index++) {
      const tags = { ...volume.tags, 'golden-image:execution': `many-${index}` };
      const created = { createTime: volume.createTime + index * 1000 };
      world.volumes.put({ ...volume, ...created, id: `vol-${index}`, tags }, world.now(), 0);
    }
    await pass(2 * HOUR_SECONDS);
    const { executions, summary } = await find();
    expect(executions.map(({ execution }) => execution)).toEqual(
      Array.from({ length: 20 }, (_, index) => `many-${24 - index}`),
    );
    expect(summary).toMatch(
      /^Found leftovers of 26 executions: .*\. The next run cleans up 6 of these executions\.$/,
    );
  });

  it('refuses an invalid input', async () => {
    const { pipeline, run } = simulateSearch();
    expect(await failureOf(run(pipeline.invoke('findLeftovers', 'all')))).toMatchObject({ name: 'Defect' });
  });
});

describe('former documents of steps', () => {
  /** Creates documents of others and one former document of this deployment; returns the documents that remain after two runs. */
  async function afterJanitor(faults: Fault[] = []) {
    const simulation = simulateSearch({ faults });
    const { world, pipeline, find, pass } = simulation;
    const create = (Name: string, Tags: { Key: string; Value: string }[] = []) =>
      perform(pipeline.services, world, {
        service: 'ssm',
        operation: 'CreateDocument',
        ...HOME,
        input: { Name, Tags, DocumentType: 'Command', Content: JSON.stringify(content) },
        inner: true,
      });
    const mainSteps = [{ name: 'say', action: 'aws:runShellScript', inputs: { runCommand: ['true'] } }];
    const content = { schemaVersion: '2.2', mainSteps };
    create('golden-image-prod-StepsOfplain-1', [{ Key: 'golden-image:steps', Value: 'f26f55297c1b' }]);
    create('golden-image-own', [{ Key: 'team', Value: 'web' }]);
    create('other', [{ Key: 'golden-image:steps', Value: 'f26f55297c1b' }]);
    const answers = [await find()];
    await pass(FORMER_DOCUMENT_SECONDS + DAY_SECONDS);
    answers.push(await find());
    const commands = world.documents.all().filter(({ documentType }) => documentType === 'Command');
    return { answers, resources: commands.map(({ name }) => name).toSorted(), world };
  }

  it('are removed, and no other documents', async () => {
    const { answers, resources } = await afterJanitor();
    expect(resources).toEqual([
      'golden-image-check-linux',
      'golden-image-check-windows',
      'golden-image-own',
      'other',
    ]);
    expect(answers).toEqual([nothing, nothing]);
  });

  it('do not stop the search for leftovers when they cannot be removed', async () => {
    const { answers, resources } = await afterJanitor([
      { call: 'DeleteDocument', error: 'AccessDeniedException', times: 'always' },
    ]);
    expect(resources).toContain('golden-image-prod-StepsOfplain-1');
    expect(answers).toEqual([nothing, nothing]);
  });

  it('may already be gone when two runs overlap', async () => {
    const { resources } = await afterJanitor([
      { call: 'DeleteDocument', error: 'InvalidDocument', afterEffect: true },
    ]);
    expect(resources).toEqual([
      'golden-image-check-linux',
      'golden-image-check-windows',
      'golden-image-own',
      'other',
    ]);
  });
});
