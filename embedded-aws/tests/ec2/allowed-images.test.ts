import {
  CopyImageCommand,
  DescribeImagesCommand,
  DisableAllowedImagesSettingsCommand,
  EnableAllowedImagesSettingsCommand,
  GetAllowedImagesSettingsCommand,
  type ImageCriterionRequest,
  ReplaceImageCriteriaInAllowedImagesSettingsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { FAR, HOME, refusal, simulateEc2 } from '../simulated-ec2.ts';
import { withSnapshot } from './registered-image.ts';

function simulate() {
  const simulated = simulateEc2();
  const { client, run, publicImage } = simulated;
  const base = publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
  return {
    ...simulated,
    base,
    enable: (AllowedImagesSettingsState: 'enabled' | 'audit-mode' = 'enabled') =>
      run(client().send(new EnableAllowedImagesSettingsCommand({ AllowedImagesSettingsState }))),
    disable: () => run(client().send(new DisableAllowedImagesSettingsCommand({}))),
    settings: () => run(client().send(new GetAllowedImagesSettingsCommand({}))),
    allow: (...ImageCriteria: ImageCriterionRequest[]) =>
      run(client().send(new ReplaceImageCriteriaInAllowedImagesSettingsCommand({ ImageCriteria }))),
    describe: async () =>
      (await run(client().send(new DescribeImagesCommand({ ImageIds: [base.id] })))).Images?.[0],
  };
}

const NOT_FOUND = 'InvalidAMIID.NotFound';

describe('Allowed AMIs', () => {
  test('are settings of an account in a region', async () => {
    const { enable, disable, settings, allow, client, run } = simulate();
    const criteria = [{ ImageProviders: ['amazon'] }];
    await allow(...criteria);
    await enable('audit-mode');
    expect(await settings()).toMatchObject({
      State: 'audit-mode',
      ImageCriteria: criteria,
      ManagedBy: 'account',
    });
    const elsewhere = client({ region: FAR }).send(new GetAllowedImagesSettingsCommand({}));
    expect(await run(elsewhere)).toMatchObject({ State: 'disabled', ImageCriteria: [] });
    await disable();
    expect(await settings()).toMatchObject({ State: 'disabled', ImageCriteria: criteria });
  });

  test('hide an image that meets no criterion, as if it did not exist', async () => {
    const { enable, allow, describe, client, run, launch, base } = simulate();
    await allow({ ImageProviders: ['111122223333'] });
    await enable();
    expect((await refusal(describe())).code).toBe(NOT_FOUND);
    const started = run(client().send(new RunInstancesCommand(launch({ ImageId: base.id }))));
    expect((await refusal(started)).code).toBe(NOT_FOUND);
    const source = { SourceImageId: base.id, SourceRegion: HOME, Name: 'copy' };
    expect((await refusal(run(client().send(new CopyImageCommand(source))))).code).toBe(NOT_FOUND);
    await allow({ ImageProviders: ['111122223333'] }, { ImageProviders: ['amazon'] });
    expect(await describe()).toMatchObject({ ImageAllowed: true });
  });

  test('hide nothing in audit mode, but DescribeImages shows what would be hidden', async () => {
    const { enable, allow, describe, client, run, base } = simulate();
    expect((await describe())?.ImageAllowed).toBeUndefined();
    await allow({ ImageProviders: ['none'] });
    await enable('audit-mode');
    expect(await describe()).toMatchObject({ ImageAllowed: false });
    const Filters = [
      { Name: 'image-allowed', Values: ['false'] },
      { Name: 'image-id', Values: [base.id] },
    ];
    expect((await run(client().send(new DescribeImagesCommand({ Filters })))).Images).toHaveLength(1);
  });

  test("never hide the account's own images", async () => {
    const { client, run, registered, images } = withSnapshot();
    const imageId = await registered();
    await run(
      client().send(new EnableAllowedImagesSettingsCommand({ AllowedImagesSettingsState: 'enabled' })),
    );
    expect(await images({ ImageIds: [imageId] })).toMatchObject([{ ImageAllowed: true }]);
  });

  test.each<[boolean, ImageCriterionRequest]>([
    [true, { ImageProviders: ['137112412989'] }],
    [true, { ImageNames: ['debian-*', 'al2023-ami-20??.*'] }],
    [false, { ImageProviders: ['amazon'], ImageNames: ['debian-*'] }],
    [false, { MarketplaceProductCodes: ['abc'] }],
    [true, { CreationDateCondition: { MaximumDaysSinceCreated: 3000 } }],
    [false, { ImageProviders: ['amazon'], CreationDateCondition: { MaximumDaysSinceCreated: 0 } }],
    [true, { DeprecationTimeCondition: { MaximumDaysSinceDeprecated: 0 } }],
    [false, { ImageWatermarks: [{ WatermarkKey: '*' }] }],
  ])('%s for %j', async (allowed, criterion) => {
    const { enable, allow, describe } = simulate();
    await allow(criterion);
    await enable('audit-mode');
    expect((await describe())?.ImageAllowed).toBe(allowed);
  });

  test.each([
    [true, { WatermarkKey: '111122223333:app*' }],
    [true, { WatermarkKey: '111122223333:approved', SourceImageRegion: 'us-*' }],
    [false, { WatermarkKey: '111122223333:approved', SourceImageRegion: 'eu-*' }],
    [false, { WatermarkKey: '111122223333:approved', MaximumDaysSinceWatermarkCreated: 1 }],
  ])('%s for an image with a watermark, and the filter %j', async (allowed, filter) => {
    const { enable, allow, describe, base, world } = simulate();
    const old = world.now() - 10 * 86_400_000;
    const watermark = {
      key: '111122223333:approved',
      sourceImageId: base.id,
      sourceImageRegion: 'us-east-1',
      sourceImageCreationDate: old,
      creationDate: old,
    };
    world.images.put({ ...base, watermarks: [watermark] }, world.now(), 0);
    await allow({ ImageWatermarks: [filter] });
    await enable('audit-mode');
    expect((await describe())?.ImageAllowed).toBe(allowed);
  });

  test.each<[string, ImageCriterionRequest[], string]>([
    ['eleven criteria', Array(11).fill({ ImageProviders: ['amazon'] }), 'InvalidParameterValue'],
    ['an unknown provider', [{ ImageProviders: ['azure'] }], 'InvalidParameterValue'],
    ['none with another provider', [{ ImageProviders: ['none', 'amazon'] }], 'InvalidParameterCombination'],
    ['none with names', [{ ImageProviders: ['none'], ImageNames: ['a*'] }], 'InvalidParameterCombination'],
    ['a name with a brace', [{ ImageNames: ['{a}'] }], 'InvalidParameterValue'],
    ['51 names', [{ ImageNames: Array(51).fill('abc') }], 'InvalidParameterValue'],
    ['a product code with a dash', [{ MarketplaceProductCodes: ['a-b'] }], 'InvalidParameterValue'],
  ])('refuse %s', async (_, criteria, code) => {
    const { allow, settings } = simulate();
    expect((await refusal(allow(...criteria))).code).toBe(code);
    expect((await settings()).ImageCriteria).toEqual([]);
  });

  test('refuse an unknown state, a missing state and scan results', async () => {
    const { enable, allow, client, run } = simulate();
    expect((await refusal(enable('disabled' as never))).code).toBe('InvalidParameterValue');
    const without = new EnableAllowedImagesSettingsCommand({ AllowedImagesSettingsState: undefined });
    expect((await refusal(run(client().send(without)))).code).toBe('MissingParameter');
    expect((await refusal(allow({ ScanResultCondition: { MaxDaysSinceLastFindingScan: 7 } }))).code).toBe(
      'NotEmulated',
    );
  });

  test('change nothing as a dry run', async () => {
    const { client, run, settings } = simulate();
    const DryRun = true;
    for (const command of [
      new EnableAllowedImagesSettingsCommand({ AllowedImagesSettingsState: 'enabled', DryRun }),
      new DisableAllowedImagesSettingsCommand({ DryRun }),
      new ReplaceImageCriteriaInAllowedImagesSettingsCommand({ ImageCriteria: [], DryRun }),
    ]) {
      const sent = run(client().send(command as DisableAllowedImagesSettingsCommand));
      expect((await refusal(sent)).code).toBe('DryRunOperation');
    }
    expect(await settings()).toMatchObject({ State: 'disabled' });
  });
});
