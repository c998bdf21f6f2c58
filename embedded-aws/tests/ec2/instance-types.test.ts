import {
  CreateLaunchTemplateCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { refusal, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

async function launched({ client, run, launch }: SimulatedEc2, changes: Partial<RunInstancesCommandInput>) {
  const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
  return Instances?.[0];
}

const windows = /^Windows_Server-2022-English-Full-Base/;

describe('a launch without an instance type', () => {
  const InstanceType = undefined;

  test('uses m1.small, which runs Windows', async () => {
    const simulated = simulateEc2();
    const ImageId = simulated.publicImage(windows).id;
    const instance = await launched(simulated, { InstanceType, ImageId, SubnetId: undefined });
    expect(instance).toMatchObject({ InstanceType: 'm1.small', CpuOptions: { CoreCount: 1 } });
    expect(simulated.world.instances.all()).toMatchObject([{ instanceType: 'm1.small' }]);
  });

  test.each([
    [
      /^al2023.*-kernel-6\.1-x86_64$/,
      'InvalidParameterCombination',
      "Non-Windows instances with a virtualization type of 'hvm' are currently not supported for this instance type.",
    ],
    [
      /^al2023.*-kernel-6\.1-arm64$/,
      'InvalidParameterValue',
      "The architecture 'i386,x86_64' of the specified instance type does not match the architecture 'arm64' of the specified AMI.",
    ],
  ])('is refused for the image %s', async (name, code, message) => {
    const simulated = simulateEc2();
    const ImageId = simulated.publicImage(name).id;
    const refused = await refusal(launched(simulated, { InstanceType, ImageId }));
    expect(refused).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(simulated.world.instances.all()).toEqual([]);
  });

  test('is refused in a region that never had m1.small', async () => {
    const simulated = simulateEc2({ region: 'eu-central-1' });
    const ImageId = simulated.publicImage(windows).id;
    expect(await refusal(launched(simulated, { InstanceType, ImageId }))).toMatchObject({
      code: 'Unsupported',
      message:
        'The requested configuration is currently not supported. Please check the documentation for supported configurations.',
    });
    expect(simulated.world.instances.all()).toEqual([]);
  });

  test('uses the type of its launch template', async () => {
    const simulated = simulateEc2();
    const { client, run } = simulated;
    const LaunchTemplateData = { InstanceType: 't3.micro' as const };
    await run(
      client().send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'small', LaunchTemplateData })),
    );
    const LaunchTemplate = { LaunchTemplateName: 'small' };
    expect(await launched(simulated, { InstanceType, LaunchTemplate })).toMatchObject({
      InstanceType: 't3.micro',
    });
  });
});

test('m1.small is a previous generation type of some regions', async () => {
  const { client, run } = simulateEc2();
  const types = async (region: string, value: string) => {
    const Filters = [{ Name: 'current-generation', Values: [value] }];
    const answer = await run(client({ region }).send(new DescribeInstanceTypesCommand({ Filters })));
    return answer.InstanceTypes?.map(({ InstanceType }) => InstanceType);
  };
  expect(await types('eu-west-1', 'false')).toEqual(['m1.small']);
  expect(await types('eu-west-1', 'true')).not.toContain('m1.small');
  expect(await types('eu-central-1', 'false')).toEqual([]);
  const named = (region: string) =>
    run(client({ region }).send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m1.small'] })));
  expect((await named('eu-west-1')).InstanceTypes).toMatchObject([{ CurrentGeneration: false }]);
  expect((await refusal(named('eu-central-1'))).code).toBe('InvalidInstanceType');
  const offerings = async (region: string) => {
    const Filters = [{ Name: 'instance-type', Values: ['m1.small'] }];
    const answer = await run(client({ region }).send(new DescribeInstanceTypeOfferingsCommand({ Filters })));
    return answer.InstanceTypeOfferings?.length;
  };
  expect(await offerings('eu-west-1')).toBe(1);
  expect(await offerings('eu-central-1')).toBe(0);
});

describe('the boot mode', () => {
  test('UEFI is refused by types that are not built on Nitro', async () => {
    const simulated = simulateEc2();
    const image = simulated.publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
    simulated.world.images.put({ ...image, bootMode: 'uefi' }, Date.now(), 0);
    expect(await refusal(launched(simulated, { InstanceType: 't2.micro' }))).toMatchObject({
      code: 'InvalidParameterValue',
      message:
        'The t2.micro instance type does not support an AMI with a boot mode of UEFI. Only instance types built on the Nitro System support UEFI. Specify an instance type that supports UEFI, and try again.',
    });
    expect(simulated.world.instances.all()).toEqual([]);
    expect(await launched(simulated, { InstanceType: 't3.micro' })).toMatchObject({
      CurrentInstanceBootMode: 'uefi',
    });
  });

  test('of an image that prefers UEFI depends on the type', async () => {
    const simulated = simulateEc2();
    expect(await launched(simulated, { InstanceType: 't2.micro' })).toMatchObject({
      BootMode: 'uefi-preferred',
      CurrentInstanceBootMode: 'legacy-bios',
    });
    expect(await launched(simulated, { InstanceType: 't3.micro' })).toMatchObject({
      BootMode: 'uefi-preferred',
      CurrentInstanceBootMode: 'uefi',
    });
  });
});
