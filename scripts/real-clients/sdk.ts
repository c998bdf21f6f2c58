/**
 * Uses the AWS SDK for JavaScript as its users do, with waiters and paginators, against the endpoint in AWS_ENDPOINT_URL. run.sh calls
 * this script.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  EC2Client,
  paginateDescribeImages,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';

const manifest = createRequire(import.meta.url).resolve('@aws-sdk/client-ec2/package.json');
console.log(
  `@aws-sdk/client-ec2 ${JSON.parse(readFileSync(manifest, 'utf8')).version}, node ${process.version}`,
);

const ec2 = new EC2Client({});
const ssm = new SSMClient({});
const waiting = { client: ec2, minDelay: 1, maxDelay: 2, maxWaitTime: 120 };

const { Parameter } = await ssm.send(
  new GetParameterCommand({ Name: '/aws/service/debian/release/12/latest/amd64' }),
);
const { Instances = [] } = await ec2.send(
  new RunInstancesCommand({ ImageId: Parameter?.Value, InstanceType: 't3.small', MinCount: 1, MaxCount: 1 }),
);
const InstanceIds = Instances.map(({ InstanceId = '' }) => InstanceId);
await waitUntilInstanceRunning(waiting, { InstanceIds });
console.log(`waited until ${InstanceIds} runs`);
const { ImageId = '' } = await ec2.send(
  new CreateImageCommand({ InstanceId: InstanceIds[0], Name: 'by-sdk', NoReboot: true }),
);
await waitUntilImageAvailable(waiting, { ImageIds: [ImageId] });
console.log(`waited until ${ImageId} is available`);

const whole = (await ec2.send(new DescribeImagesCommand({}))).Images?.length ?? 0;
let pages = 0;
let images = 0;
for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 4 }, {})) {
  pages++;
  images += Images.length;
}
assert.equal(images, whole);
assert.equal(pages, Math.ceil(whole / 4));
console.log(`read ${images} images in ${pages} pages`);
let parameters = 0;
const path = { Path: '/aws/service/debian', Recursive: true };
for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm, pageSize: 2 }, path)) {
  parameters += Parameters.length;
}
assert.ok(parameters > 2);
console.log(`read ${parameters} parameters in pages`);

await ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
await waitUntilInstanceTerminated(waiting, { InstanceIds });
console.log('deregistered, terminated, and waited for the termination');

const sfn = new SFNClient({ region: 'us-east-1' });
const stateMachineArn = 'arn:aws:states:us-east-1:999988887777:stateMachine:golden-image-bake';
const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
for (const { executionArn } of executions) {
  const { status, startDate } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  console.log(`execution ${executionArn?.split(':').at(-1)} of ${startDate?.toISOString()}: ${status}`);
}
