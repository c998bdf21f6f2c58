import {
  CreateLaunchTemplateCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { services } from '../../src/services.ts';
import { HOME, OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';

const PUBLIC = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';

/** EC2 with SSM, which EC2 calls. */
function simulate() {
  const simulated = simulateEc2();
  const { run, launch, world, publicImage } = simulated;
  const options = { region: HOME, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' } as const;
  const ec2 = new EC2Client(options);
  answerFrom(world, services, ec2, OWNER);
  const ssm = new SSMClient(options);
  answerFrom(world, services, ssm, OWNER);
  return {
    newest: publicImage(/^al2023.*-kernel-6\.1-x86_64$/).id,
    older: publicImage(/^debian-12-amd64/).id,
    launched: async (reference: string) => {
      const input = launch({ ImageId: `resolve:ssm:${reference}` });
      const { Instances } = await run(ec2.send(new RunInstancesCommand(input)));
      return Instances?.[0]?.ImageId;
    },
    parameter: async (input: Partial<PutParameterCommandInput>) => {
      const asked = { Name: '/golden', Value: '', Type: 'String' as const, ...input };
      await run(ssm.send(new PutParameterCommand(asked)));
      // SSM checks that the image exists before it stores the value.
      await run(new Promise((resolve) => setTimeout(resolve, 300_000)));
    },
    label: (ParameterVersion: number, label: string) =>
      run(ssm.send(new LabelParameterVersionCommand({ Name: '/golden', ParameterVersion, Labels: [label] }))),
    sent: <T>(work: (client: EC2Client) => Promise<T>) => run(work(ec2)),
  };
}

describe('an image that a parameter names', () => {
  test("is found by a public parameter, or by the account's own parameter, version and label", async () => {
    const { launched, parameter, label, newest, older } = simulate();
    expect(await launched(PUBLIC)).toBe(newest);
    await parameter({ Value: older, DataType: 'aws:ec2:image' });
    await label(1, 'first');
    await parameter({ Value: newest, DataType: 'aws:ec2:image', Overwrite: true });
    expect(await launched('/golden')).toBe(newest);
    expect(await launched('/golden:1')).toBe(older);
    expect(await launched('/golden:first')).toBe(older);
  });

  test('is refused when the parameter is missing or a text, or the reference is malformed', async () => {
    const { launched, parameter, newest } = simulate();
    expect((await refusal(launched('/none'))).code).toBe('InvalidParameterValue');
    expect((await refusal(launched(''))).code).toBe('InvalidParameterValue');
    await parameter({ Value: newest });
    expect(await refusal(launched('/golden'))).toMatchObject({
      code: 'SsmInvalidParameter',
      message: 'Unsupported data type. The following parameter data types are supported: aws:ec2:image',
    });
  });

  test('is resolved for a launch template when requested', async () => {
    const { sent, newest } = simulate();
    const ImageId = `resolve:ssm:${PUBLIC}`;
    const LaunchTemplateName = 'builder';
    await sent((ec2) =>
      ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: { ImageId } })),
    );
    const shown = async (ResolveAlias: boolean) => {
      const answer = await sent((ec2) =>
        ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, ResolveAlias })),
      );
      return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
    };
    expect(await shown(false)).toBe(ImageId);
    expect(await shown(true)).toBe(newest);
  });
});
