import { type ExecutionRecord, type Fault, perform } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Leftovers } from '../../functions/find-leftovers.ts';
import { HOME } from '../../local/pipeline.ts';
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
const nothing = { executions: [], summary: 'Nothing is left over.', outcome: 'clean' };

describe('FindLeftovers', () => {
  it('finds nothing where nothing was built, and looks at nobody else’s', async () => {
    const { find, addOwnersThings, measured } = simulateSearch();
    await addOwnersThings();
    expect(await find()).toEqual(nothing);
    expect(measured).toEqual({ LeftoversFound: 0 });
  });

  it('names a build that was stopped, once an hour has passed, and says the same again', async () => {
    const { find, stopped, pass, standing, measured } = simulateSearch();
    const build = await stopped('CopyImages', 60);
    expect(await find()).toEqual(nothing);
    await pass(HOUR_SECONDS);
    const before = standing();
    const found = {
      executions: [
        { execution: build.name, marks: 'doubtful', reason: 'it ended ABORTED', startTime: build.startTime },
      ],
      summary: expect.stringMatching(/^Left over: .*1 instance and 1 volume in .*, of 1 execution\.$/),
      outcome: 'clean',
    };
    expect(await find()).toEqual(found);
    expect(measured.LeftoversFound).toBe(before.length);
    expect(await find()).toEqual(found);
    expect(standing()).toEqual(before);
  });

  it('leaves a release, and a build under way', async () => {
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

  it('finds what a build released that then failed all the same', async () => {
    const { find, pipeline, run, pass, change } = simulateSearch();
    const build = pipeline.start('plain');
    await run(build.result);
    await pass(HOUR_SECONDS);
    change(build, { status: 'FAILED', error: 'DeadlinePassed' });
    expect(await find()).toMatchObject({ executions: [{ execution: build.name, marks: 'void' }] });
    change(build, { status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(await find()).toEqual(nothing);
  });

  it('finds what Step Functions has forgotten, but no release of that age', async () => {
    const { find, stopped, pipeline, run, pass } = simulateSearch();
    await run(pipeline.start('plain').result);
    const build = await stopped('CreateImage', 10);
    await pass(91 * DAY_SECONDS);
    const [found] = (await find()).executions;
    expect(found).toEqual({
      execution: build.name,
      marks: 'valid',
      reason: 'Step Functions knows no such execution (any more)',
    });
  });

  it('asks the deployments of other regions too', async () => {
    const { find, stopped, pass, world } = simulateSearch();
    const build = await stopped('Patch', 10);
    await pass(HOUR_SECONDS);
    const record = world.executions.get(build.arn) as ExecutionRecord;
    const there = (status: ExecutionRecord['status']) => {
      const id = build.arn.replace('us-east-1', 'eu-west-1');
      world.executions.put({ ...record, id, region: 'eu-west-1', status }, world.now(), 0);
    };
    // Of the same name, and at work.
    there('RUNNING');
    expect(await find()).toEqual(nothing);
    there('SUCCEEDED');
    const namesake = { marks: 'valid', reason: 'it is over, as is one of its name in eu-west-1' };
    expect(await find()).toMatchObject({ executions: [{ execution: build.name, ...namesake }] });
    // Theirs alone, and over: for them to clean up.
    world.executions.delete(build.arn);
    expect(await find()).toEqual(nothing);
  });

  it('leaves what it cannot ask after, and says so', async () => {
    const faults: Fault[] = [];
    const { find, stopped, pass } = simulateSearch({ faults });
    await stopped('Patch', 10);
    await pass(HOUR_SECONDS);
    faults.push({ call: 'DescribeExecution', region: 'eu-west-1', ...always });
    expect(await find()).toEqual({ ...nothing, outcome: 'left' });
  });

  it.each([
    ['closed to the account', denied, 'clean'],
    ['out of order', always, 'left'],
  ] as const)(
    'says which region it cannot read, and finds the rest: one that is %s',
    async (_, fault, outcome) => {
      const faults: Fault[] = [];
      const { find, stopped, pass } = simulateSearch({ faults });
      await stopped('Patch', 10);
      await pass(HOUR_SECONDS);
      faults.push({ call: 'DescribeImages', region: 'ap-south-1', ...denied, ...fault });
      // What is closed is so for Step Functions too.
      if (outcome === 'clean') faults.push({ call: 'DescribeExecution', region: 'ap-south-1', ...denied });
      const { executions, summary, outcome: found } = await find();
      expect(executions).toHaveLength(1);
      expect(summary).toMatch(/Not to be seen: ap-south-1 \(ec2:DescribeImages in ap-south-1: .*No\.\)\.$/);
      expect(found).toBe(outcome);
    },
  );

  it('is not content when it may not look at home', async () => {
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

  it('names no more than can be cleaned up in one run, the youngest first', async () => {
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
    expect(summary).toContain('of 26 executions. 6 of them are left to the next run.');
  });

  it('refuses an input that is none', async () => {
    const { pipeline, run } = simulateSearch();
    expect(await failureOf(run(pipeline.invoke('findLeftovers', 'all')))).toMatchObject({ name: 'Defect' });
  });
});

describe('documents of former steps', () => {
  /** Documents of others, beside one that this deployment has no more; and what of them stands after the janitor came twice. */
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
    await pass(7 * DAY_SECONDS);
    answers.push(await find());
    const commands = world.documents.all().filter(({ documentType }) => documentType === 'Command');
    return { answers, standing: commands.map(({ name }) => name).toSorted(), world };
  }

  it('are removed, and nobody else’s are', async () => {
    const { answers, standing } = await afterJanitor();
    expect(standing).toEqual(['golden-image-own', 'other']);
    expect(answers).toEqual([nothing, nothing]);
  });

  it('keep no leftovers from being found when they cannot be removed', async () => {
    const { answers, standing } = await afterJanitor([
      { call: 'DeleteDocument', error: 'AccessDeniedException', times: 'always' },
    ]);
    expect(standing).toContain('golden-image-prod-StepsOfplain-1');
    expect(answers).toEqual([nothing, nothing]);
  });

  it('are gone already when two janitors meet', async () => {
    const { standing } = await afterJanitor([
      { call: 'DeleteDocument', error: 'InvalidDocument', afterEffect: true },
    ]);
    expect(standing).toEqual(['golden-image-own', 'other']);
  });
});
