import {
  AttachImageWatermarkCommand,
  type AttachImageWatermarkCommandInput,
  CopyImageCommand,
  CreateImageCommand,
  DetachImageWatermarkCommand,
  DisableImageBlockPublicAccessCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, FAR, HOME, OWNER, refusal } from '../simulated-ec2.ts';
import { withSnapshot } from './registered-image.ts';

const key = `${OWNER}:approved`;

async function withImage() {
  const simulated = withSnapshot();
  const { client, run } = simulated;
  const imageId = await simulated.registered();
  const modify = (Add: { UserId: string }[] | { Group: 'all' }[]) =>
    run(client().send(new ModifyImageAttributeCommand({ ImageId: imageId, LaunchPermission: { Add } })));
  return {
    ...simulated,
    imageId,
    modify,
    attach: (input: Partial<AttachImageWatermarkCommandInput> = {}, account = OWNER) =>
      run(
        client({ account }).send(
          new AttachImageWatermarkCommand({ ImageId: imageId, WatermarkName: 'approved', ...input }),
        ),
      ),
    detach: (WatermarkKey: string | undefined = key) =>
      run(client().send(new DetachImageWatermarkCommand({ ImageId: imageId, WatermarkKey }))),
    publish: async () => {
      await run(client().send(new DisableImageBlockPublicAccessCommand({})));
      return modify([{ Group: 'all' }]);
    },
  };
}

describe('a watermark', () => {
  test('names its account and its first image, and everyone who sees the image sees it', async () => {
    const { attach, modify, images, imageId, pass, world } = await withImage();
    expect(await attach()).toMatchObject({ WatermarkKey: key });
    await modify([{ UserId: CONSUMER }]);
    await pass(60);
    const [image] = await images({ ImageIds: [imageId] }, CONSUMER);
    expect(image?.ImageWatermarks).toEqual([
      {
        WatermarkKey: key,
        SourceImageId: imageId,
        SourceImageRegion: HOME,
        SourceImageCreationTime: new Date(world.images.get(imageId)?.creationDate ?? 0),
        WatermarkCreationTime: expect.any(Date),
      },
    ]);
    const Filters = [{ Name: 'image-watermark.watermark-key', Values: [`${OWNER}:*`] }];
    expect((await images({ Filters })).map(({ ImageId }) => ImageId)).toEqual([imageId]);
  });

  test('is inherited by created and copied images, and stays there when it is detached', async () => {
    const { attach, detach, client, run, launch, pass, imageId, world } = await withImage();
    await attach();
    await pass(60);
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId: imageId }))));
    await pass(130);
    const InstanceId = Instances?.[0]?.InstanceId;
    const created = await run(client().send(new CreateImageCommand({ InstanceId, Name: 'created' })));
    await pass(4000);
    const source = { SourceImageId: created.ImageId, SourceRegion: HOME };
    const copied = await run(
      client({ region: FAR }).send(new CopyImageCommand({ ...source, Name: 'copied' })),
    );
    await detach();
    expect(world.images.get(imageId)).not.toHaveProperty('watermarks');
    for (const { ImageId = '' } of [created, copied]) {
      expect(world.images.get(ImageId)?.watermarks).toMatchObject([{ key, sourceImageId: imageId }]);
    }
  });

  test('keeps the image from being public', async () => {
    const { attach, publish, imageId, world } = await withImage();
    await attach();
    expect((await refusal(publish())).code).toBe('OperationNotPermitted');
    expect(world.images.get(imageId)?.launchPermissions).toEqual([]);
  });

  test('is refused on a public image', async () => {
    const { attach, publish } = await withImage();
    await publish();
    expect((await refusal(attach())).code).toBe('OperationNotPermitted');
  });

  test('is attached once, and an image has at most five', async () => {
    const { attach } = await withImage();
    for (const WatermarkName of ['one', 'two', 'three', 'four', 'five']) await attach({ WatermarkName });
    expect((await refusal(attach({ WatermarkName: 'five' }))).code).toBe('InvalidParameterValue');
    expect((await refusal(attach({ WatermarkName: 'six' }))).code).toBe('ResourceLimitExceeded');
  });

  test.each([
    ['without a name', { WatermarkName: undefined }, 'MissingParameter'],
    ['with a short name', { WatermarkName: 'ab' }, 'InvalidParameterValue'],
    ['with a colon', { WatermarkName: 'a:bc' }, 'InvalidParameterValue'],
    ['to an unknown image', { ImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
    ['as a dry run', { DryRun: true }, 'DryRunOperation'],
  ] as const)('is not attached %s', async (_, input, code) => {
    const { attach, imageId, world } = await withImage();
    expect((await refusal(attach(input as Partial<AttachImageWatermarkCommandInput>))).code).toBe(code);
    expect(world.images.get(imageId)).not.toHaveProperty('watermarks');
  });

  test('is attached only by the owner, and not detached if it is not there', async () => {
    const { attach, detach, modify } = await withImage();
    await modify([{ UserId: CONSUMER }]);
    expect((await refusal(attach({}, CONSUMER))).code).toBe('AuthFailure');
    expect((await refusal(detach())).code).toBe('InvalidParameterValue');
  });
});
