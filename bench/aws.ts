/**
 * Measures the embedded AWS: operations per second in process and over HTTP, the memory of a world with 10,000 images, and the size of its
 * state file.
 *
 *     npm run bench:aws
 */

import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  answerFrom,
  beginWorld,
  decodeWorld,
  encodeWorld,
  perform,
  requestId,
  restoreWorld,
  serve,
  services,
  type World,
} from 'embedded-aws';

const ACCOUNT = '999988887777';
const REGION = 'eu-west-1';
const IMAGES = 10_000;
const SECONDS = 2;
const CONCURRENCY = 16;

/** The start of simulated time, in whole seconds. Simulated time does not pass, so that only computing time is measured. */
const start = Date.parse('2026-11-21T03:00:00Z');
const empty = memory();
const kept = beginWorld({ seed: 1, now: () => start, throttling: false });
const { world } = kept;
const fresh = memory();
fill(world, IMAGES);
const full = memory();

const server = await serve(0, {
  perform: ({ accessKey: account, ...call }) => perform(services, world, { ...call, account }),
  requestId: () => requestId(world),
  onSurprise: (error) => {
    throw error;
  },
});
const options = {
  region: REGION,
  maxAttempts: 1,
  credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'any' },
};
const wire = { ...options, endpoint: server.url };
const inProcess = { ec2: new EC2Client(options), ssm: new SSMClient(options) };
const overWire = { ec2: new EC2Client(wire), ssm: new SSMClient(wire) };
// Without simulated latency, which would take real time in this script.
answerFrom(world, services, inProcess.ec2, ACCOUNT, { latency: false });
answerFrom(world, services, inProcess.ssm, ACCOUNT, { latency: false });

const [image] = world.images.all().filter(({ account, region }) => account === ACCOUNT && region === REGION);
const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';
const calls = {
  'ssm:GetParameter': ({ ssm }: typeof inProcess) => ssm.send(new GetParameterCommand({ Name: name })),
  'ec2:DescribeImages, by id': ({ ec2 }: typeof inProcess) =>
    ec2.send(new DescribeImagesCommand({ ImageIds: [image?.id ?? ''] })),
  'ec2:DescribeImages, 100 per page': ({ ec2 }: typeof inProcess) =>
    ec2.send(new DescribeImagesCommand({ Owners: ['self'], MaxResults: 100 })),
};

console.log(
  `node ${process.version}, ${CONCURRENCY} concurrent calls, ${SECONDS} s per operation, ${IMAGES} images\n`,
);
console.log('operation                         in process        over HTTP    in process : HTTP');
for (const [label, call] of Object.entries(calls)) {
  const own = await rate(() => call(inProcess));
  const wired = await rate(() => call(overWire));
  const shown = (value: number) => `${Math.round(value)}/s`.padStart(13);
  console.log(
    `${label.padEnd(31)}${shown(own)}    ${shown(wired)}${`${(own / wired).toFixed(1)} : 1`.padStart(20)}`,
  );
}
const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
console.log(
  `\nmemory: new world ${MiB(fresh - empty)}, ${IMAGES} images with snapshots ${MiB(full - fresh)} ` +
    `(${Math.round((full - fresh) / IMAGES)} bytes per image)`,
);
const writing = performance.now();
const file = encodeWorld(kept);
const reading = performance.now();
restoreWorld(decodeWorld(file), { now: () => start });
const read = performance.now();
console.log(
  `state file: ${MiB(file.length)}, encoded in ${(reading - writing).toFixed(0)} ms, decoded in ${(read - reading).toFixed(0)} ms`,
);
await server.close();

/** Calls per second. */
async function rate(call: () => Promise<unknown>): Promise<number> {
  await call();
  const began = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() - began < SECONDS * 1000) {
      await call();
      count++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return (count * 1000) / (performance.now() - began);
}

/** Adds private images, copied from the records of a public image. The records have the same content as after CreateImage. */
function fill({ images, snapshots }: World, count: number): void {
  const model = images
    .all()
    .find(({ region, rootDeviceType }) => region === REGION && rootDeviceType === 'ebs');
  const snapshot = snapshots.all().find(({ region }) => region === REGION);
  if (model === undefined || snapshot === undefined) throw new Error('the world contains no public image');
  for (let number = 0; number < count; number++) {
    const digits = number.toString(16).padStart(17, '0');
    const mine = { account: ACCOUNT, tags: { 'golden-image:version': digits } };
    snapshots.put({ ...snapshot, ...mine, id: `snap-${digits}` }, start, 0);
    const mappings = model.blockDeviceMappings.map((mapping) => ({
      ...mapping,
      Ebs: { ...mapping.Ebs, SnapshotId: `snap-${digits}` },
    }));
    images.put(
      {
        ...model,
        ...mine,
        id: `ami-${digits}`,
        name: `golden/${digits}`,
        blockDeviceMappings: mappings,
        launchPermissions: [],
      },
      start,
      0,
    );
  }
}

function memory(): number {
  if (globalThis.gc === undefined) throw new Error('run this script with node --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
