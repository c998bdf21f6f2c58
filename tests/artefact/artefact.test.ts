import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { type ExecutionResult, type Fault, publishBaseImage, type World } from 'embedded-aws';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { openFaults } from '../../cli/world/faults-file.ts';
import { FAILURES_MAX } from '../../shared/build/decision.ts';
import { examples } from '../example-project.ts';
import { instanceRecipe, launchOwn, ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { plainRecipe } from '../simulated-build.ts';
import { vendorImage, vendorRecipe } from '../simulated-vendor.ts';
import { functionRoles } from '../stack/packaged.ts';
import { justifiedPermissions } from '../stack/permission-table.ts';
import { type Deployed, type DeployedOptions, deployArtefact, PLACE } from './deployed.ts';
import { createKey, encryptByDefault, forConsumers, throughEc2 } from './keys.ts';
import { TEMPLATES } from './own-project.ts';

const ROOT = join(import.meta.dirname, '../..');

const artefact = inject('artefact');

/** All deployments of the scenarios. */
const deployments: Deployed[] = [];
let current: Deployed;

async function deploy(options: DeployedOptions = {}): Promise<Deployed> {
  current = await deployArtefact(artefact, options);
  deployments.push(current);
  return current;
}

async function bake(recipe: string, faults: readonly Fault[] = []): Promise<ExecutionResult> {
  const { execute, outputs } = await deploy({ faults });
  return execute(outputs.StateMachineArn, { recipe });
}

/** Creates the launch templates of the recipe `consumed`, whose ids the recipe names. */
function addTemplates(world: World, call: Deployed['call']): void {
  for (const { region, id } of TEMPLATES) {
    const LaunchTemplateData = { InstanceType: 'm7i.large' };
    call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'fleet', LaunchTemplateData }, region);
    const created = world.launchTemplates.all().find((one) => one.region === region);
    if (created === undefined) throw new Error('there is no launch template');
    world.launchTemplates.delete(created.id);
    world.launchTemplates.put({ ...created, id }, world.now(), 0);
  }
}

const HOUR = 3600;

/** The status of each build of a recipe that started automatically. */
const startsOf = (recipe: string): string[] =>
  current.world.executions
    .all()
    .filter(({ input }) => JSON.parse(input).recipe === recipe)
    .map(({ status }) => status);

describe('the packaged pipeline, without a call that IAM denies,', () => {
  afterEach(async () => {
    expect(current.policies.denied).toEqual([]);
    expect(await current.policies.problems()).toEqual([]);
  });

  it.each(examples)('bakes %s', async (recipe) => {
    expect(await bake(recipe)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each(readdirSync(join(ROOT, 'faults')))('handles faults/%s', async (name) => {
    const file = openFaults(join(ROOT, 'faults', name));
    if ('problems' in file) throw new Error(JSON.stringify(file.problems));
    // How the build ends is no matter here, because a fault may deny a call, too. What IAM denies is checked after each test.
    await bake('al2023', file.faults);
  });

  it('puts the channel back in all regions if one region cannot be written', async () => {
    const faults: Fault[] = [];
    const { execute, outputs, world } = await deploy({ faults });
    const channel = () =>
      world.parameters.all().flatMap(({ name, value }) => (name.endsWith('/plain/candidate') ? [value] : []));
    await execute(outputs.StateMachineArn, { recipe: 'plain' });
    const before = channel();
    expect(before).toHaveLength(plainRecipe.regions.length);
    const refusal = { error: 'ValidationException', message: 'No.', status: 400 } as const;
    faults.push({ call: 'PutParameter', region: 'eu-west-1', skip: 1, ...refusal });
    const again = await execute(outputs.StateMachineArn, { recipe: 'plain' });
    expect(again).toMatchObject({ status: 'FAILED', error: 'Refused' });
    expect(channel()).toEqual(before);
  });

  it('adds regions and accounts to releases', async () => {
    const { execute, outputs, world, call } = await deploy();
    const ask = async (recipe: string, distribute?: object) => {
      const result = await execute(outputs.StateMachineArn, { recipe, ...(distribute && { distribute }) });
      expect([result.status, result.cause]).toEqual(['SUCCEEDED', undefined]);
    };
    const region = 'ap-southeast-2';
    call('ec2', 'ModifyEbsDefaultKmsKeyId', { KmsKeyId: createKey(call, region, forConsumers) }, region);
    call('ec2', 'EnableEbsEncryptionByDefault', {}, region);
    await ask('copyable');
    await ask('copyable', { regions: [region] });
    await ask('copyable', { accounts: ['321098765432'] });
    for (const one of ['us-east-1', 'eu-west-1', 'eu-central-1'])
      world.publicImages.set(`${PLACE.account}/${one}`, 'unblocked');
    await ask('public');
    await ask('public', { regions: ['eu-central-1'] });
  });

  it('tests a later copy in its region, if the recipe says so', async () => {
    const { execute, outputs } = await deploy();
    const ask = (recipe: string, input: object) => execute(outputs.StateMachineArn, { recipe, ...input });
    const untested = { regions: ['us-east-1'], test: { regions: [] } };
    const distribute = { regions: ['ap-southeast-2'] };
    expect(await ask('tested', { overrides: untested })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await ask('tested', { distribute })).toMatchObject({
      status: 'SUCCEEDED',
      output: { copyVerdicts: { regions: [{ region: 'ap-southeast-2', phase: 'passed' }] } },
    });
    const { base, build } = plainRecipe;
    const built = { ...untested, base: { instanceId: null, reboot: null, ...base }, build };
    expect(await ask('imaged', { overrides: built })).toMatchObject({ status: 'SUCCEEDED' });
    expect((await ask('imaged', { distribute })).cause).toContain('this instance does not exist any more');
  });

  it('publishes in a consumer account and in launch templates, completes a region, and puts all back', async () => {
    const faults: Fault[] = [{ image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 3 }];
    const { execute, outputs, world, call } = await deploy({ faults });
    addTemplates(world, call);
    const named = () => [
      ...world.parameters
        .all()
        .flatMap(({ account, region, name, value }) =>
          name.endsWith('/consumed/candidate') ? [`${account} ${region} ${value}`] : [],
        ),
      ...world.launchTemplates
        .all()
        .flatMap(({ id, defaultVersion, versions }) =>
          versions.map(({ version, data }) => `${id} ${version === defaultVersion} ${data.ImageId}`),
        ),
    ];
    const bakeConsumed = () => execute(outputs.StateMachineArn, { recipe: 'consumed' });
    expect(await bakeConsumed()).toMatchObject({ status: 'SUCCEEDED' });
    expect(named().filter((one) => one.includes('us-east-1'))).toHaveLength(2);
    const distribute = { regions: ['eu-west-1'] };
    const added = await execute(outputs.StateMachineArn, { recipe: 'consumed', distribute });
    expect(added).toMatchObject({ status: 'SUCCEEDED' });
    expect(named().filter((one) => one.startsWith('210987654321'))).toHaveLength(2);
    expect(named().filter((one) => one.includes('true'))).toHaveLength(2);
    expect(await bakeConsumed()).toMatchObject({ status: 'SUCCEEDED' });
    const rollback = { action: 'rollback', recipe: 'consumed', channel: 'candidate' };
    expect(await execute(outputs.ChannelsStateMachineArn, rollback)).toMatchObject({ status: 'SUCCEEDED' });
    const before = named();
    const refusal = { error: 'ValidationException', message: 'No.', status: 400 } as const;
    // The first two writes of the region are those of the version, in both accounts.
    faults.push({ call: 'PutParameter', region: 'eu-west-1', skip: 2, ...refusal });
    expect(await bakeConsumed()).toMatchObject({ status: 'FAILED', error: 'Refused' });
    expect(named()).toEqual(before);
  });

  it('promotes a release, rolls it back and reads the history', async () => {
    const { execute, outputs } = await deploy();
    const ask = (action: string) => execute(outputs.ChannelsStateMachineArn, { action, recipe: 'following' });
    for (let releases = 0; releases < 2; releases++) {
      await execute(outputs.StateMachineArn, { recipe: 'following' });
      expect(await ask('promote')).toMatchObject({ status: 'SUCCEEDED' });
    }
    expect(await ask('rollback')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await ask('history')).toMatchObject({
      output: { history: { history: [{ how: 'rolled back' }, { how: 'promoted' }, {}, {}, {}] } },
    });
  });

  it('promotes releases after their soak time, and on an event', async () => {
    const { execute, outputs, call, pass, world } = await deploy();
    const namedBy = (name: string) =>
      world.parameters.all().flatMap((one) => (one.name === name ? [one.value] : []));
    await execute(outputs.StateMachineArn, { recipe: 'soaking' });
    await execute(outputs.StateMachineArn, { recipe: 'following' });
    const Detail = JSON.stringify({ recipe: 'following' });
    const DetailType = 'Golden Image Promotion Requested';
    call('eventbridge', 'PutEvents', { Entries: [{ Source: 'ci', DetailType, Detail }] });
    await pass(3 * HOUR);
    for (const recipe of ['soaking', 'following'])
      expect(namedBy(`/golden-images/${recipe}/stable`)).toEqual(
        namedBy(`/golden-images/${recipe}/candidate`),
      );
    expect(namedBy('/golden-images/soaking/stable')).toHaveLength(1);
    expect(current.policies.used).toContainEqual(
      expect.stringMatching(/^WatchReleasesRole \d+ states:StartExecution$/),
    );
  });

  it('puts a channel back if a promotion fails', async () => {
    const faults: Fault[] = [];
    const { execute, outputs, world } = await deploy({ faults });
    await execute(outputs.StateMachineArn, { recipe: 'plain' });
    const refusal = { error: 'ValidationException', message: 'No.', status: 400 } as const;
    faults.push({ call: 'PutParameter', region: 'eu-west-1', ...refusal });
    const request = { action: 'promote', recipe: 'plain' };
    expect(await execute(outputs.ChannelsStateMachineArn, request)).toMatchObject({ error: 'Refused' });
    expect(world.parameters.all().filter(({ name }) => name.endsWith('/stable'))).toEqual([]);
  });

  it('releases what a person approves, and removes what a person rejects or a newer build supersedes', async () => {
    const { start, outputs, call, run, pass, world } = await deploy();
    const ask = async () => {
      const build = start(outputs.StateMachineArn, { recipe: 'approved' });
      await pass(2 * HOUR);
      return build;
    };
    const answer = (build: string, Decision: string, Comment: string) => {
      const Parameters = { Build: [build], Decision: [Decision], Comment: [Comment] };
      const DocumentName = 'golden-image-approval';
      call('ssm', 'StartAutomationExecution', { DocumentName, Parameters });
    };
    const superseded = await ask();
    const approved = await ask();
    expect(await run(superseded.result)).toMatchObject({ error: 'Superseded' });
    answer(approved.name, 'approve', 'good');
    expect(await run(approved.result)).toMatchObject({ status: 'SUCCEEDED' });
    const rejected = await ask();
    answer(rejected.name, 'reject', 'too old');
    expect(await run(rejected.result)).toMatchObject({ error: 'Rejected' });
    const own = world.images
      .all()
      .filter((one) => one.tags['golden-image:recipe'] === 'approved' && one.state === 'available');
    expect(own.map(({ tags }) => tags['golden-image:execution'])).toEqual([approved.name]);
    const asked = { action: 'history', recipe: 'approved' };
    expect(await run(start(outputs.ChannelsStateMachineArn, asked).result)).toMatchObject({
      output: { history: { releases: [{ approval: { by: expect.stringContaining(PLACE.account) } }] } },
    });
  });

  it('bakes from a snapshot', async () => {
    const { execute, outputs, world } = await deploy();
    ownSnapshot(world);
    const result = await execute(outputs.StateMachineArn, { recipe: snapshotRecipe });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('bakes from an instance that its owner has opened', async () => {
    const { execute, outputs, world, as, pass } = await deploy();
    const id = await launchOwn(new EC2Client(as()), world, { open: 'from-instance' });
    await pass(120);
    const result = await execute(outputs.StateMachineArn, { recipe: instanceRecipe(id) });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each(['without encryption', 'encrypted'])('takes in an image of another account, %s', async (how) => {
    const { execute, outputs, world, call } = await deploy();
    const isEncrypted = how === 'encrypted';
    vendorImage(
      world,
      isEncrypted ? { snapshot: { encrypted: true, kmsKeyId: createKey(call, PLACE.region) } } : {},
    );
    const keys = { [PLACE.region]: createKey(call, PLACE.region) };
    const recipe = {
      ...vendorRecipe,
      regions: [PLACE.region],
      share: {},
      ...(isEncrypted && { encryption: { keys } }),
    };
    expect(await execute(outputs.StateMachineArn, { recipe })).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('deprecates and protects the images', async () => {
    const { execute, outputs } = await deploy();
    const image = { deprecateAfterDays: 90, deregistrationProtection: 'on' };
    const result = await execute(outputs.StateMachineArn, { recipe: 'plain', overrides: { image } });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('turns fast launches on and off, and refreshes a group', async () => {
    const faults: Fault[] = [{ image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 3 }];
    const { execute, outputs, call, pass, world } = await deploy({ faults });
    const first = await execute(outputs.StateMachineArn, { recipe: 'fast' });
    expect(first).toMatchObject({ status: 'SUCCEEDED', output: { acceleration: { on: [{}] } } });
    const ImageId = 'resolve:ssm:/golden-images/fast/candidate';
    const LaunchTemplateData = { ImageId, InstanceType: 'm7i.large' };
    call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'web', LaunchTemplateData });
    await pass(60);
    const subnet = world.subnets
      .all()
      .find(({ region, defaultForAz }) => region === 'us-east-1' && defaultForAz);
    call('auto scaling', 'CreateAutoScalingGroup', {
      ...{ AutoScalingGroupName: 'web', MinSize: 1, MaxSize: 1, VPCZoneIdentifier: subnet?.id },
      LaunchTemplate: { LaunchTemplateName: 'web' },
    });
    await pass(120);
    const second = await execute(outputs.StateMachineArn, { recipe: 'fast' });
    expect(second).toMatchObject({
      status: 'SUCCEEDED',
      output: { acceleration: { on: [{}, {}] }, refreshes: { started: [{ autoScalingGroup: 'web' }] } },
    });
    const promotion = { action: 'promote', recipe: 'fast' };
    expect(await execute(outputs.ChannelsStateMachineArn, promotion)).toMatchObject({
      output: { acceleration: { on: [{}, {}] }, refreshes: { started: [] } },
    });
    const { plan } = first.output as { plan: { version: string } };
    const distribute = { regions: ['eu-west-1'], version: plan.version };
    expect(await execute(outputs.StateMachineArn, { recipe: 'fast', distribute })).toMatchObject({
      status: 'SUCCEEDED',
    });
  });

  it('asks Inspector for the vulnerabilities of an image', async () => {
    const { execute, outputs, call, pass } = await deploy();
    call('inspector2', 'Enable', { resourceTypes: ['EC2'] });
    await pass(1_200);
    const gates = { cve: { failFrom: 'high' } };
    const result = await execute(outputs.StateMachineArn, { recipe: 'following', overrides: { gates } });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdict: { gates: { cve: {} } } } });
  });

  it('scans before it builds again', async () => {
    const { execute, outputs } = await deploy();
    await execute(outputs.StateMachineArn, { recipe: 'scanned' });
    const again = await execute(outputs.StateMachineArn, { recipe: 'scanned', ifChanged: true });
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { scan: { status: 'ready' } } });
  });

  it('refuses to share images that EBS encrypts with an AWS managed key', async () => {
    const { execute, outputs, call } = await deploy();
    call('ec2', 'EnableEbsEncryptionByDefault', {});
    const result = await execute(outputs.StateMachineArn, { recipe: 'plain' });
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
  });

  it('shares images and snapshots, and changes the permissions of an earlier release', async () => {
    const { execute, outputs, call, world, pass } = await deploy();
    await execute(outputs.StateMachineArn, { recipe: 'copyable' });
    const own = () => world.images.all().filter(({ account }) => account === PLACE.account);
    for (const { id } of own()) {
      const LaunchPermission = { Add: [{ UserId: '444455556666' }] };
      call('ec2', 'ModifyImageAttribute', { ImageId: id, LaunchPermission });
    }
    await pass(60);
    const result = await execute(outputs.StateMachineArn, { recipe: 'copyable' });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    const shared = own().map(({ launchPermissions }) => launchPermissions);
    expect(shared).toEqual(Array(2).fill([{ UserId: '210987654321' }]));
    const snapshots = world.snapshots.all().filter(({ account }) => account === PLACE.account);
    expect(snapshots.map(({ sharedWith }) => sharedWith)).toEqual(Array(2).fill(['210987654321']));
  });

  it('bakes if EBS encrypts with a key that the account may use through EC2', async () => {
    const { execute, outputs, call, world } = await deploy();
    const KeyId = encryptByDefault(call, throughEc2);
    const result = await execute(outputs.StateMachineArn, { recipe: 'following' });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    const own = world.snapshots.all().filter(({ account }) => account === PLACE.account);
    expect(own.map(({ kmsKeyId }) => kmsKeyId)).toEqual([KeyId]);
  });

  it('bakes with the keys of the recipe, whose policies leave to IAM which roles may use them, and tests a copy', async () => {
    const { execute, outputs, call, world } = await deploy();
    const keys = Object.fromEntries(
      plainRecipe.regions.map((region) => [region, createKey(call, region, forConsumers)] as const),
    );
    call('kms', 'CreateAlias', { AliasName: 'alias/own-images', TargetKeyId: keys[PLACE.region] });
    const encryption = { keys: { ...keys, [PLACE.region]: 'alias/own-images' } };
    const overrides = { encryption, test: { regions: ['eu-west-1'] } };
    const result = await execute(outputs.StateMachineArn, { recipe: 'plain', overrides });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { copyVerdicts: { status: 'ready' } } });
    const own = world.snapshots.all().filter(({ account }) => account === PLACE.account);
    expect(own.map(({ region, kmsKeyId }) => [region, kmsKeyId]).toSorted()).toEqual(
      Object.entries(keys).toSorted(),
    );
  });

  it('bakes with the key that the stack creates, and refuses a region in which this key does not exist', async () => {
    const { execute, outputs, world } = await deploy();
    const result = await execute(outputs.StateMachineArn, { recipe: 'keyed' });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    const [snapshot] = world.snapshots.all().filter(({ account }) => account === PLACE.account);
    const alias = world.keyAliases.all().find(({ name }) => name === 'alias/golden-images');
    expect(snapshot?.kmsKeyId).toMatch(new RegExp(`/${alias?.keyId}$`));
    const overrides = { regions: ['us-east-1', 'eu-west-1'] };
    const refused = await execute(outputs.StateMachineArn, { recipe: 'keyed', overrides });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(refused.cause).toContain('aws cloudformation deploy --region eu-west-1');
  });

  it('scans an image with a default key whose policy leaves the use to IAM', async () => {
    const { execute, outputs, call } = await deploy();
    encryptByDefault(call, forConsumers);
    await execute(outputs.StateMachineArn, { recipe: 'scanned' });
    const again = await execute(outputs.StateMachineArn, { recipe: 'scanned', ifChanged: true });
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { scan: { status: 'ready' } } });
  });

  it('skips a build while a Change Calendar is closed', async () => {
    const { execute, outputs, call } = await deploy();
    const Content = `BEGIN:VCALENDAR
PRODID:-//AWS//Change Calendar 1.0//EN
VERSION:2.0
X-CALENDAR-TYPE:DEFAULT_CLOSED
END:VCALENDAR`;
    const document = { DocumentType: 'ChangeCalendar', DocumentFormat: 'TEXT' };
    call('ssm', 'CreateDocument', { Name: 'no-changes', Content, ...document });
    const { output } = await execute(outputs.StateMachineArn, { recipe: 'frozen' });
    expect(output).toMatchObject({ decision: { verdict: 'skip', rule: 'frozen' } });
  });

  it('yields to a running build', async () => {
    const { start, execute, outputs, pass, run } = await deploy();
    const first = start(outputs.StateMachineArn, { recipe: 'following' });
    await pass(60);
    const { output } = await execute(outputs.StateMachineArn, { recipe: 'following' });
    expect(output).toMatchObject({ decision: { verdict: 'skip', rule: 'already-running' } });
    expect(await run(first.result)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('notifies the topic of a recipe that fails repeatedly', async () => {
    const { execute, outputs, call, pass } = await deploy();
    const TopicArn = outputs.NotificationsTopicArn;
    call('sns', 'Subscribe', { TopicArn, Protocol: 'email', Endpoint: 'team@example.com' });
    for (let failures = 0; failures < FAILURES_MAX; failures++) {
      const trigger = { type: 'custom', id: `failure ${failures}` };
      await execute(outputs.StateMachineArn, { recipe: 'public', trigger });
    }
    await pass(60);
    expect(current.policies.used).toContainEqual(expect.stringMatching(/^RecordRole \d+ sns:Publish$/));
  });

  it('starts builds on schedules', async () => {
    const { pass } = await deploy();
    await pass(3 * HOUR);
    expect(startsOf('nightly')).toEqual(['SUCCEEDED']);
  });

  it('starts a build for a new base, and one build for two equal requests', async () => {
    const { pass, world, call } = await deploy();
    await pass(2 * HOUR);
    publishBaseImage(world, { os: 'amazon-linux-2023' });
    await pass(3 * HOUR);
    expect(startsOf('following')).toEqual(['SUCCEEDED']);
    const Detail = JSON.stringify({ recipe: 'plain', reason: 'two people want it' });
    const request = { Source: 'team', DetailType: 'Golden Image Build Requested', Detail };
    call('eventbridge', 'PutEvents', { Entries: [request, request] });
    await pass(2 * HOUR);
    expect(startsOf('plain')).toEqual(['SUCCEEDED']);
  });

  it('cleans up after a build that was stopped', async () => {
    const { execute, outputs, pass, world } = await deploy({
      faults: [{ execution: 'aborted', state: 'Patch' }],
    });
    expect(await execute(outputs.StateMachineArn, { recipe: 'plain' })).toMatchObject({ status: 'ABORTED' });
    // The build of the recipe nightly begins later.
    await pass(HOUR / 2);
    expect(world.instances.all().filter(({ state }) => state !== 'terminated')).toEqual([]);
  });

  it('keeps the documents of former steps for running builds, and removes the documents later', async () => {
    const { execute, outputs, call, world } = await deploy();
    const steps = () => world.documents.all().filter(({ tags }) => 'golden-image:steps' in tags);
    const [current] = steps();
    if (current === undefined) throw new Error('no recipe has steps');
    const mainSteps = [{ name: 'say', action: 'aws:runShellScript', inputs: { runCommand: ['true'] } }];
    const Content = JSON.stringify({ schemaVersion: '2.2', mainSteps });
    const digest = { Key: 'golden-image:steps', Value: 'f26f55297c1b' };
    const since = { Key: 'golden-image:former-since', Value: '2026-01-01T00:00:00Z' };
    const former = 'golden-image-prod-StepsOfplain-FORMER';
    call('ssm', 'CreateDocument', { Name: former, Content, DocumentType: 'Command', Tags: [digest] });
    const old = { Name: `${former}-OLD`, Content, DocumentType: 'Command', Tags: [digest, since] };
    call('ssm', 'CreateDocument', old);
    call('ssm', 'AddTagsToResource', {
      ResourceType: 'Document',
      ResourceId: current.name,
      Tags: [since],
    });

    expect(await execute(outputs.CleanUpStateMachineArn, {})).toMatchObject({ status: 'SUCCEEDED' });
    const marks = new Map(steps().map(({ name, tags }) => [name, 'golden-image:former-since' in tags]));
    expect(marks.get(current.name)).toBe(false);
    expect(marks.get(former)).toBe(true);
    expect(marks.has(`${former}-OLD`)).toBe(false);
  });

  it('sends undeliverable triggers to the dead-letter queue', async () => {
    const dies = { happens: 'killed before', times: 'always' } as const;
    const { pass, world, call } = await deploy({
      faults: [
        { call: 'StartExecution', error: 'StateMachineDoesNotExist', times: 'always' },
        { lambda: 'golden-image-prod-watch', ...dies },
        { lambda: 'golden-image-prod-watchReleases', ...dies },
        { lambda: 'golden-image-prod-trigger', ...dies },
      ],
    });
    // A new rule takes a moment to take effect.
    await pass(600);
    const Detail = JSON.stringify({ recipe: 'plain' });
    const DetailType = 'Golden Image Build Requested';
    call('eventbridge', 'PutEvents', { Entries: [{ Source: 'team', DetailType, Detail }] });
    await pass(8 * HOUR);
    const letters = world.queueMessages.all().map(({ body, attributes }) => {
      const { requestContext } = JSON.parse(body) as { requestContext?: { functionArn: string } };
      const arn =
        requestContext?.functionArn.replace(/:\$LATEST$/, '') ?? attributes.SCHEDULE_ARN?.text ?? '';
      return arn.replace(/^.*[:/]/, '');
    });
    expect(new Set(letters)).toEqual(
      new Set([
        'golden-image-prod-trigger',
        'golden-image-prod-watch',
        'golden-image-prod-watchReleases',
        'golden-image.clean-up',
        'golden-image-nightly',
      ]),
    );
  });

  it('fails to publish a public image that the account blocks', async () => {
    expect(await bake('public')).toMatchObject({ status: 'FAILED' });
  });

  it('removes an image when the first attempts to remove it fail', async () => {
    const result = await bake('plain', [
      { call: 'ModifyImageAttribute', error: 'InvalidAMIAttributeItemValue', times: 'always' },
      { call: 'DeregisterImage', error: 'OperationNotPermitted', times: 3 },
      // DeregisterImage leaves the snapshots of an image.
      { call: 'DeleteSnapshot', error: 'InternalError', times: 2 },
    ]);
    expect(result).toMatchObject({ status: 'FAILED' });
    expect(current.world.images.all().filter(({ account }) => account === '999988887777')).toEqual([]);
  });
});

it('every permission is used, except permissions with a reason in docs/operations.md', () => {
  const used = new Set(deployments.flatMap(({ policies }) => [...policies.used]));
  const functions = Object.entries(functionRoles(artefact.template)).map(([key, role]) => [role, key]);
  const keyOf = new Map(functions as [string, string][]);
  const unused = (current.policies.granted() ?? [])
    .filter((one) => !used.has(one))
    .map((one) => {
      const [role = '', , permission = ''] = one.split(' ');
      return { of: keyOf.get(role) ?? role, permission, isOfFunction: keyOf.has(role) };
    });
  const justified = justifiedPermissions();
  const isMeant = (row: (typeof justified)[number], one: (typeof unused)[number]) =>
    (row.of === one.of || (row.of === 'all' && one.isOfFunction)) &&
    (row.permission === one.permission ||
      (row.permission.endsWith('*') && one.permission.startsWith(row.permission.slice(0, -1))));
  expect(unused.filter((one) => !justified.some((row) => isMeant(row, one)))).toEqual([]);
  // A permission that is used needs no reason.
  expect(justified.filter((row) => !unused.some((one) => isMeant(row, one)))).toEqual([]);
});
