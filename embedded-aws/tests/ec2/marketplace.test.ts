import { CreateImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { subscribeToProduct } from '../../src/new-world.ts';
import { OWNER, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

const imageOf = ({ publicImage }: SimulatedEc2) => publicImage(/^debian-12-amd64-20240717/);
const codeOf = (ec2: SimulatedEc2) => imageOf(ec2).productCodes[0]?.ProductCodeId ?? '';

const launch = (ec2: SimulatedEc2, changes: { ImageId?: string; DryRun?: boolean } = {}) =>
  ec2.run(ec2.client().send(new RunInstancesCommand(ec2.launch({ ImageId: imageOf(ec2).id, ...changes }))));

describe('an image of AWS Marketplace', () => {
  test.each([false, true])('is refused without a subscription (DryRun: %s)', async (DryRun) => {
    const ec2 = simulateEc2();
    await expect(launch(ec2, { DryRun })).rejects.toMatchObject({
      name: 'OptInRequired',
      message: `In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=${codeOf(ec2)}`,
      $metadata: { httpStatusCode: 401 },
    });
    expect(ec2.world.instances.all()).toEqual([]);
  });

  test('is launched with a subscription', async () => {
    const ec2 = simulateEc2();
    subscribeToProduct(ec2.world, { account: OWNER, productCode: codeOf(ec2) });
    await expect(launch(ec2, { DryRun: true })).rejects.toMatchObject({ name: 'DryRunOperation' });
    const { Instances = [] } = await launch(ec2);
    expect(Instances[0]?.ProductCodes).toEqual([
      { ProductCodeId: codeOf(ec2), ProductCodeType: 'marketplace' },
    ]);
  });

  test('passes its code on to derived images, which need the subscription too', async () => {
    const ec2 = simulateEc2();
    subscribeToProduct(ec2.world, { account: OWNER, productCode: codeOf(ec2) });
    const { Instances = [] } = await launch(ec2);
    await ec2.pass(300);
    const { ImageId = '' } = await ec2.run(
      ec2.client().send(new CreateImageCommand({ InstanceId: Instances[0]?.InstanceId, Name: 'own' })),
    );
    await ec2.pass(3600);
    await launch(ec2, { ImageId });
    ec2.world.marketplaceSubscriptions.clear();
    await expect(launch(ec2, { ImageId })).rejects.toMatchObject({ name: 'OptInRequired' });
  });

  test('needs a separate subscription for each account and product', async () => {
    const ec2 = simulateEc2();
    subscribeToProduct(ec2.world, { account: '111122223333', productCode: codeOf(ec2) });
    subscribeToProduct(ec2.world, { account: OWNER, productCode: 'other' });
    await expect(launch(ec2)).rejects.toMatchObject({ name: 'OptInRequired' });
  });
});
