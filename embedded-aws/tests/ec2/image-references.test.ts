import {
  CreateImageUsageReportCommand,
  type CreateImageUsageReportCommandInput,
  CreateTagsCommand,
  DeleteImageUsageReportCommand,
  DescribeImageReferencesCommand,
  type DescribeImageReferencesCommandInput,
  DescribeImageUsageReportEntriesCommand,
  type DescribeImageUsageReportEntriesCommandInput,
  DescribeImageUsageReportsCommand,
  type DescribeImageUsageReportsCommandInput,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { newId, type World } from '../../src/core/world.ts';
import { addDefaultNetwork } from '../../src/new-world.ts';
import { parameterId } from '../../src/ssm/parameter-names.ts';
import { CONSUMER, FAR, HOME, OWNER, refusal } from '../simulated-ec2.ts';
import { withSnapshot } from './registered-image.ts';

const STRANGER = '444455556666';
const daySeconds = 86_400;

/** Adds a launch template. The versions are in order, oldest first. */
function addTemplate(world: World, account: string, imageIds: readonly string[], region = HOME): string {
  const createTime = world.now();
  const createdBy = `arn:aws:iam::${account}:root`;
  const { id } = world.launchTemplates.put(
    {
      id: newId(world, 'lt'),
      account,
      region,
      tags: {},
      name: `template-${world.launchTemplates.all().length}`,
      createTime,
      createdBy,
      defaultVersion: 1,
      latestVersion: imageIds.length,
      versions: imageIds.map((ImageId, index) => ({
        version: index + 1,
        createTime,
        createdBy,
        data: { ImageId },
      })),
    },
    createTime,
    0,
  );
  return id;
}

function addParameter(world: World, account: string, name: string, value: string, dataType: string): void {
  const id = parameterId(account, HOME, name);
  const lastModified = world.now();
  world.parameters.put(
    { id, account, region: HOME, name, type: 'String', dataType, value, version: 1, lastModified },
    lastModified,
    0,
  );
}

/** EC2 with an image of the owner that is shared with the consumer. */
async function withImage() {
  const simulated = withSnapshot();
  const { world, client, run, launch } = simulated;
  const imageId = await simulated.registered();
  await run(
    client().send(
      new ModifyImageAttributeCommand({
        ImageId: imageId,
        LaunchPermission: { Add: [{ UserId: CONSUMER }, { UserId: STRANGER }] },
      }),
    ),
  );
  /** Launches instances of the image and returns their ids. */
  const start = async (account = OWNER, count = 1) => {
    const subnets =
      account === OWNER ? simulated.network.subnets : addDefaultNetwork(world, account, HOME).subnets;
    const request = launch({ ImageId: imageId, SubnetId: subnets[0]?.id, MaxCount: count });
    const { Instances = [] } = await run(client({ account }).send(new RunInstancesCommand(request)));
    return Instances.map(({ InstanceId = '' }) => InstanceId);
  };
  const references = async (input: Partial<DescribeImageReferencesCommandInput>) =>
    run(client().send(new DescribeImageReferencesCommand({ ImageIds: [imageId], ...input })));
  return { ...simulated, imageId, start, references };
}

describe('references to images', () => {
  const instanceArn = (id: string) => `arn:aws:ec2:${HOME}:${OWNER}:instance/${id}`;
  const templateArn = (id: string) => `arn:aws:ec2:${HOME}:${OWNER}:launch-template/${id}`;

  test("are found in the caller's own instances, launch templates and parameters", async () => {
    const { world, imageId, start, references, publicImage } = await withImage();
    const [instance = ''] = await start();
    await start(CONSUMER);
    const template = addTemplate(world, OWNER, ['ami-00000000000000001', imageId]);
    addTemplate(world, CONSUMER, [imageId]);
    addTemplate(world, OWNER, [imageId], FAR);
    addParameter(world, OWNER, '/golden/image', imageId, 'aws:ec2:image');
    addParameter(world, OWNER, 'flat', imageId, 'aws:ec2:image');
    addParameter(world, OWNER, '/golden/text', imageId, 'text');
    addParameter(world, CONSUMER, '/golden/image', imageId, 'aws:ec2:image');
    const { ImageReferences } = await references({ IncludeAllResourceTypes: true });
    expect(ImageReferences).toEqual([
      { ImageId: imageId, ResourceType: 'ec2:Instance', Arn: instanceArn(instance) },
      { ImageId: imageId, ResourceType: 'ec2:LaunchTemplate', Arn: templateArn(template) },
      {
        ImageId: imageId,
        ResourceType: 'ssm:Parameter',
        Arn: `arn:aws:ssm:${HOME}:${OWNER}:parameter/golden/image`,
      },
      {
        ImageId: imageId,
        ResourceType: 'ssm:Parameter',
        Arn: `arn:aws:ssm:${HOME}:${OWNER}:parameter/flat`,
      },
    ]);
    const others = await references({
      ImageIds: [publicImage(/^debian-12-amd64/).id, 'ami-00000000000000001'],
      ResourceTypes: [{ ResourceType: 'ec2:LaunchTemplate' }],
    });
    expect(others.ImageReferences).toEqual([
      { ImageId: 'ami-00000000000000001', ResourceType: 'ec2:LaunchTemplate', Arn: templateArn(template) },
    ]);
  });

  test('can be limited to instance states', async () => {
    const { client, run, pass, start, references } = await withImage();
    const [running = '', ended = ''] = await start(OWNER, 2);
    await pass(130);
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [ended] })));
    await pass(400);
    const arns = async (...OptionValues: string[]) => {
      const ResourceTypeOptions = [{ OptionName: 'state-name' as const, OptionValues }];
      const { ImageReferences = [] } = await references({
        IncludeAllResourceTypes: true,
        ResourceTypes: [{ ResourceType: 'ec2:Instance', ResourceTypeOptions }],
      });
      return ImageReferences.map(({ Arn }) => Arn);
    };
    expect(await arns('running', 'pending')).toEqual([instanceArn(running)]);
    expect(await arns('terminated')).toEqual([instanceArn(ended)]);
    const all = await references({ ResourceTypes: [{ ResourceType: 'ec2:Instance' }] });
    expect(all.ImageReferences).toHaveLength(2);
  });

  test('are searched in the ten newest template versions, or in the requested number of versions', async () => {
    const { world, imageId, references } = await withImage();
    const others = Array.from({ length: 10 }, () => 'ami-00000000000000001');
    addTemplate(world, OWNER, [imageId, ...others]);
    const found = async (depth?: string) => {
      const ResourceTypeOptions =
        depth === undefined ? [] : [{ OptionName: 'version-depth' as const, OptionValues: [depth] }];
      const { ImageReferences } = await references({
        ResourceTypes: [{ ResourceType: 'ec2:LaunchTemplate', ResourceTypeOptions }],
      });
      return ImageReferences?.length;
    };
    expect([await found(), await found('10'), await found('11')]).toEqual([0, 0, 1]);
  });

  test('are paginated', async () => {
    const { start, references } = await withImage();
    const ids = await start(OWNER, 7);
    const first = await references({ IncludeAllResourceTypes: true, MaxResults: 5 });
    expect(first.ImageReferences).toHaveLength(5);
    const rest = await references({
      IncludeAllResourceTypes: true,
      MaxResults: 5,
      NextToken: first.NextToken,
    });
    expect(rest.NextToken).toBeUndefined();
    const arns = [...(first.ImageReferences ?? []), ...(rest.ImageReferences ?? [])].map(({ Arn }) => Arn);
    expect(arns).toEqual(ids.map(instanceArn));
  });

  const option = (OptionName: string, ...OptionValues: string[]) => [
    { OptionName: OptionName as 'state-name', OptionValues },
  ];

  test.each<[string, Partial<DescribeImageReferencesCommandInput>, string]>([
    ['no images', { ImageIds: [] }, 'MissingParameter'],
    [
      'eleven images',
      { ImageIds: Array.from({ length: 11 }, () => 'ami-00000000000000001') },
      'InvalidParameterValue',
    ],
    ['a malformed image id', { ImageIds: ['golden'] }, 'InvalidAMIID.Malformed'],
    ['no types', { IncludeAllResourceTypes: undefined }, 'MissingParameter'],
    ['an unknown type', { ResourceTypes: [{ ResourceType: 's3:Object' as never }] }, 'InvalidParameterValue'],
    [
      'a missing type',
      { ResourceTypes: [{ ResourceTypeOptions: option('state-name', 'x') }] },
      'MissingParameter',
    ],
    [
      'recipes of Image Builder',
      { ResourceTypes: [{ ResourceType: 'imagebuilder:ImageRecipe' }] },
      'NotEmulated',
    ],
    [
      'a repeated type',
      { ResourceTypes: [{ ResourceType: 'ec2:Instance' }, { ResourceType: 'ec2:Instance' }] },
      'InvalidParameterValue',
    ],
    [
      'an option of another type',
      {
        ResourceTypes: [{ ResourceType: 'ec2:Instance', ResourceTypeOptions: option('version-depth', '5') }],
      },
      'InvalidParameterValue',
    ],
    [
      'an option without a name',
      { ResourceTypes: [{ ResourceType: 'ec2:Instance', ResourceTypeOptions: [{ OptionValues: ['x'] }] }] },
      'MissingParameter',
    ],
    [
      'an option without a value',
      { ResourceTypes: [{ ResourceType: 'ec2:Instance', ResourceTypeOptions: option('state-name') }] },
      'MissingParameter',
    ],
    [
      'an unknown state',
      {
        ResourceTypes: [{ ResourceType: 'ec2:Instance', ResourceTypeOptions: option('state-name', 'up') }],
      },
      'InvalidParameterValue',
    ],
    ...[['0'], ['10001'], ['many'], ['1', '2']].map(
      (values): [string, Partial<DescribeImageReferencesCommandInput>, string] => [
        `to the depth ${values}`,
        {
          ResourceTypes: [
            { ResourceType: 'ec2:LaunchTemplate', ResourceTypeOptions: option('version-depth', ...values) },
          ],
        },
        'InvalidParameterValue',
      ],
    ),
    ['a page size of four', { MaxResults: 4 }, 'InvalidParameterValue'],
    ['an invalid token', { NextToken: 'next' }, 'InvalidNextToken'],
    ['DryRun', { DryRun: true }, 'DryRunOperation'],
  ])('are refused: %s', async (_name, input, code) => {
    const { references } = await withImage();
    expect((await refusal(references({ IncludeAllResourceTypes: true, ...input }))).code).toBe(code);
  });
});

async function withReports() {
  const simulated = await withImage();
  const { client, run, imageId } = simulated;
  const create = (changes: Partial<CreateImageUsageReportCommandInput> = {}) =>
    run(
      client().send(
        new CreateImageUsageReportCommand({
          ImageId: imageId,
          ResourceTypes: [{ ResourceType: 'ec2:Instance' }, { ResourceType: 'ec2:LaunchTemplate' }],
          ...changes,
        }),
      ),
    );
  const reports = async (input: DescribeImageUsageReportsCommandInput = {}, account = OWNER) =>
    run(client({ account }).send(new DescribeImageUsageReportsCommand(input)));
  const entries = async (input: DescribeImageUsageReportEntriesCommandInput = {}, account = OWNER) =>
    run(client({ account }).send(new DescribeImageUsageReportEntriesCommand(input)));
  const remove = (ReportId: string | undefined, account = OWNER, DryRun = false) =>
    run(client({ account }).send(new DeleteImageUsageReportCommand({ ReportId, DryRun })));
  return { ...simulated, create, reports, entries, remove };
}

describe('an image usage report', () => {
  test('counts the instances and templates of other accounts when the report is ready', async () => {
    const simulated = await withReports();
    const { world, imageId, start, create, reports, entries, pass, client, run } = simulated;
    await start(OWNER);
    const [ended = ''] = await start(CONSUMER, 3);
    await start(STRANGER);
    addTemplate(world, CONSUMER, [imageId, imageId]);
    addTemplate(world, CONSUMER, ['ami-00000000000000001']);
    addTemplate(world, CONSUMER, [imageId], FAR);
    await run(client({ account: CONSUMER }).send(new TerminateInstancesCommand({ InstanceIds: [ended] })));
    await pass(4 * daySeconds);
    const asked = world.now();
    const { ReportId = '' } = await create({
      TagSpecifications: [{ ResourceType: 'image-usage-report', Tags: [{ Key: 'why', Value: 'to know' }] }],
    });
    expect(ReportId).toMatch(/^amiur-[0-9a-f]{17}$/);
    const { ImageUsageReports: [report] = [] } = await reports();
    expect(report).toMatchObject({
      ReportId,
      ImageId: imageId,
      State: 'pending',
      ResourceTypes: [
        { ResourceType: 'ec2:Instance' },
        {
          ResourceType: 'ec2:LaunchTemplate',
          ResourceTypeOptions: [{ OptionName: 'version-depth', OptionValues: ['20'] }],
        },
      ],
      Tags: [{ Key: 'why', Value: 'to know' }],
    });
    const { CreationTime, ExpirationTime } = report ?? {};
    expect(CreationTime?.getTime()).toBeGreaterThanOrEqual(asked);
    expect((ExpirationTime?.getTime() ?? 0) - (CreationTime?.getTime() ?? 0)).toBe(30 * daySeconds * 1000);
    expect((await entries()).ImageUsageReportEntries).toEqual([]);
    await pass(7200);
    expect((await reports()).ImageUsageReports).toMatchObject([{ State: 'available' }]);
    const common = { ReportId, ImageId: imageId, ReportCreationTime: CreationTime };
    const all = [
      { ...common, ResourceType: 'ec2:Instance', AccountId: CONSUMER, UsageCount: 2 },
      { ...common, ResourceType: 'ec2:Instance', AccountId: STRANGER, UsageCount: 1 },
      { ...common, ResourceType: 'ec2:LaunchTemplate', AccountId: CONSUMER, UsageCount: 1 },
    ];
    expect((await entries({ ReportIds: [ReportId] })).ImageUsageReportEntries).toEqual(all);
    const filtered = async (Name: string, value: string) =>
      (await entries({ ImageIds: [imageId], Filters: [{ Name, Values: [value] }] })).ImageUsageReportEntries;
    expect(await filtered('account-id', STRANGER)).toEqual([all[1]]);
    expect(await filtered('resource-type', 'ec2:Launch*')).toEqual([all[2]]);
    expect(await filtered('creation-time', '2026-*')).toEqual(all);
    const page = await entries({ MaxResults: 2 });
    expect(page.ImageUsageReportEntries).toEqual(all.slice(0, 2));
    expect((await entries({ MaxResults: 2, NextToken: page.NextToken })).ImageUsageReportEntries).toEqual(
      all.slice(2),
    );
  });

  test('omits the last 24 hours, and the last days for templates', async () => {
    const { world, imageId, start, create, entries, pass } = await withReports();
    await pass(2 * daySeconds);
    await start(CONSUMER);
    addTemplate(world, CONSUMER, [imageId]);
    const counted = async () => {
      const { ReportId = '' } = await create();
      await pass(7200);
      return (await entries({ ReportIds: [ReportId] })).ImageUsageReportEntries?.map(
        ({ ResourceType }) => ResourceType,
      );
    };
    expect(await counted()).toEqual([]);
    await pass(daySeconds);
    expect(await counted()).toEqual(['ec2:Instance']);
    await pass(2 * daySeconds);
    expect(await counted()).toEqual(['ec2:Instance', 'ec2:LaunchTemplate']);
  });

  test('covers the requested accounts and versions', async () => {
    const { world, imageId, start, create, entries, reports, pass } = await withReports();
    await start(CONSUMER);
    await start(STRANGER);
    addTemplate(world, STRANGER, [imageId, 'ami-00000000000000001']);
    await pass(4 * daySeconds);
    const ResourceTypeOptions = [{ OptionName: 'version-depth', OptionValues: ['1'] }];
    await create({
      AccountIds: [STRANGER],
      ResourceTypes: [
        { ResourceType: 'ec2:Instance' },
        { ResourceType: 'ec2:LaunchTemplate', ResourceTypeOptions },
      ],
    });
    await pass(7200);
    expect((await reports()).ImageUsageReports).toMatchObject([{ AccountIds: [STRANGER] }]);
    expect((await entries()).ImageUsageReportEntries).toMatchObject([
      { ResourceType: 'ec2:Instance', AccountId: STRANGER },
    ]);
  });

  test('is limited to one pending report per image, and is the same for a repeated token', async () => {
    const { create, pass, reports } = await withReports();
    const first = await create({ ClientToken: 'once' });
    expect((await create({ ClientToken: 'once' })).ReportId).toBe(first.ReportId);
    expect((await refusal(create({ ClientToken: 'once', AccountIds: [CONSUMER] }))).code).toBe(
      'IdempotentParameterMismatch',
    );
    expect((await refusal(create())).code).toBe('ResourceLimitExceeded');
    await pass(7200);
    await create();
    expect(
      (await reports({ Filters: [{ Name: 'state', Values: ['pending'] }] })).ImageUsageReports,
    ).toHaveLength(1);
    expect((await reports()).ImageUsageReports).toHaveLength(2);
  });

  test('expires after 30 days, and can be deleted by its owner', async () => {
    const { create, reports, entries, remove, pass, world } = await withReports();
    const { ReportId = '' } = await create();
    expect((await reports({}, CONSUMER)).ImageUsageReports).toEqual([]);
    expect((await refusal(remove(ReportId, CONSUMER))).code).toBe('InvalidImageUsageReportId.NotFound');
    expect((await refusal(remove(ReportId, OWNER, true))).code).toBe('DryRunOperation');
    expect(await remove(ReportId)).toMatchObject({ Return: true });
    expect((await refusal(remove(ReportId))).code).toBe('InvalidImageUsageReportId.NotFound');
    expect((await refusal(entries({ ReportIds: [ReportId] }))).code).toBe(
      'InvalidImageUsageReportId.NotFound',
    );
    await pass(7200);
    await create();
    await pass(29 * daySeconds);
    expect(world.imageUsageReports.all()).toHaveLength(1);
    await pass(daySeconds);
    expect(world.imageUsageReports.all()).toEqual([]);
  });

  test('can be tagged', async () => {
    const { create, reports, client, run } = await withReports();
    const { ReportId = '' } = await create();
    const tag = (id: string) =>
      run(client().send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: '1' }] })));
    await tag(ReportId);
    const byTag = (Name: string) => reports({ Filters: [{ Name, Values: ['1', 'a'] }] });
    expect((await byTag('tag:a')).ImageUsageReports).toHaveLength(1);
    expect((await byTag('tag-key')).ImageUsageReports).toHaveLength(1);
    expect((await byTag('tag:b')).ImageUsageReports).toEqual([]);
    expect((await refusal(tag('amiur-00000000000000000'))).code).toBe('InvalidImageUsageReportId.NotFound');
  });

  test.each<[string, Partial<CreateImageUsageReportCommandInput>, string]>([
    ['a missing image id', { ImageId: undefined }, 'MissingParameter'],
    ['a malformed image id', { ImageId: 'golden' }, 'InvalidAMIID.Malformed'],
    ['an unknown image', { ImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
    ['no types', { ResourceTypes: [] }, 'MissingParameter'],
    ['SSM parameters', { ResourceTypes: [{ ResourceType: 'ssm:Parameter' }] }, 'InvalidParameterValue'],
    [
      'recipes of Image Builder',
      { ResourceTypes: [{ ResourceType: 'imagebuilder:ContainerRecipe' }] },
      'NotEmulated',
    ],
    [
      'instances in a state',
      {
        ResourceTypes: [
          {
            ResourceType: 'ec2:Instance',
            ResourceTypeOptions: [{ OptionName: 'state-name', OptionValues: ['running'] }],
          },
        ],
      },
      'InvalidParameterValue',
    ],
    ['an invalid account id', { AccountIds: ['somebody'] }, 'InvalidUserID.Malformed'],
    ['201 accounts', { AccountIds: Array.from({ length: 201 }, () => CONSUMER) }, 'InvalidParameterValue'],
    ['a long token', { ClientToken: 'x'.repeat(129) }, 'InvalidParameterValue'],
    [
      'tags for an image',
      { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }] }] },
      'InvalidParameterValue',
    ],
    ['DryRun', { DryRun: true }, 'DryRunOperation'],
  ])('is refused: %s', async (_name, changes, code) => {
    const { create, world } = await withReports();
    expect((await refusal(create(changes))).code).toBe(code);
    expect(world.imageUsageReports.all()).toEqual([]);
  });

  test("is refused for another account's image", async () => {
    const { client, run, imageId } = await withReports();
    const command = new CreateImageUsageReportCommand({
      ImageId: imageId,
      ResourceTypes: [{ ResourceType: 'ec2:Instance' }],
    });
    expect((await refusal(run(client({ account: CONSUMER }).send(command)))).code).toBe('AuthFailure');
  });

  test.each<[DescribeImageUsageReportsCommandInput, string]>([
    [{ ReportIds: ['report'] }, 'InvalidImageUsageReportId.Malformed'],
    [{ ReportIds: ['amiur-00000000000000000'] }, 'InvalidImageUsageReportId.NotFound'],
    [{ ImageIds: ['golden'] }, 'InvalidAMIID.Malformed'],
    [{ ImageIds: Array.from({ length: 201 }, () => 'ami-00000000000000000') }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'owner', Values: ['me'] }] }, 'InvalidParameterValue'],
    [{ MaxResults: 0 }, 'InvalidParameterValue'],
    [{ NextToken: 'next' }, 'InvalidNextToken'],
    [{ DryRun: true }, 'DryRunOperation'],
  ])('and its entries are not described for %j', async (input, code) => {
    const { reports, entries } = await withReports();
    expect((await refusal(reports(input))).code).toBe(code);
    expect((await refusal(entries(input))).code).toBe(code);
  });

  test('is not deleted without an id or with an invalid id', async () => {
    const { remove } = await withReports();
    expect((await refusal(remove(undefined))).code).toBe('MissingParameter');
    expect((await refusal(remove('report'))).code).toBe('InvalidImageUsageReportId.Malformed');
  });
});
