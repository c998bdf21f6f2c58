/**
 * One run of `bench/packer.ts`, in its own process, because each run has its own clock. It starts the embedded AWS on a port, lets Packer or
 * the pipeline build one image, and prints the result as JSON.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  accountOfAccessKey,
  answerTo,
  holdDuringCalls,
  installClock,
  keepAwake,
  newWorld,
  requestId,
  serve,
  services,
  typed,
} from 'embedded-aws';
import { deploy, HOME } from '../local/pipeline.ts';
import type { Spent } from '../shared/build/spent.ts';
import { type Result, recipe, type Tool, template } from './packer-builds.ts';
import { serveSsh } from './packer-ssh.ts';
import { testInstance } from './packer-test.ts';

const { values } = parseArgs({
  options: {
    tool: { type: 'string', default: 'golden' },
    seed: { type: 'string', default: '1' },
    patches: { type: 'boolean', default: false },
    tests: { type: 'boolean', default: false },
    speed: { type: 'string', default: '15' },
  },
});
const tool = values.tool as Tool;
const work = { patches: values.patches, tests: values.tests };
const [seed, speed] = [Number(values.seed), Number(values.speed)];

/** The access key of the pipeline's functions. */
const PIPELINE_KEY = 'GOLDENIMAGEPIPELINE0';
/** The pause between two polls of Packer, the default of the AWS SDK's waiters, in simulated seconds. */
const PACKER_POLL_SECONDS = 15;

const clock = installClock(new Date('2026-11-22T03:00:00Z'), seed);
const world = newWorld({ seed, now: clock.now });
const time = clock.flow(speed);
const calls: { readonly at: number; readonly operation: string; readonly isOurs: boolean }[] = [];
const onSurprise = (error: unknown) => {
  console.error(error);
  process.exit(1);
};
const server = await serve(0, {
  perform: (call) => {
    time.catchUp();
    const isOurs = call.accessKey === PIPELINE_KEY;
    calls.push({ at: clock.now(), operation: call.operation, isOurs });
    const account = accountOfAccessKey(world, call, HOME.account, world.now());
    return answerTo(typed(services), world, { ...call, account });
  },
  requestId: () => requestId(world),
  onSurprise,
});
world.origin = server.url;
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
Object.assign(process.env, {
  AWS_ENDPOINT_URL: server.url,
  AWS_ACCESS_KEY_ID: PIPELINE_KEY,
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
});
const pipeline = deploy(world, [], { prepare: (client) => holdDuringCalls(client, time) });
const stopWaking = keepAwake(world, pipeline.services, { onSurprise });

const stages = tool === 'golden' ? await bakeWithPipeline() : await bakeWithPacker();
const own = calls.filter(({ isOurs }) => isOurs === (tool === 'golden'));
const launched = own.find(({ operation }) => operation === 'RunInstances')?.at ?? Number.NaN;
const shared = own.findLast(({ operation }) => operation === 'ModifyImageAttribute')?.at ?? Number.NaN;
const ended = tool === 'packer' && values.tests ? clock.now() : shared;
const stopped = own.find(({ operation }) => operation === 'StopInstances')?.at ?? Number.NaN;
const result: Result = {
  seconds: (ended - launched) / 1000,
  imagingSeconds: (shared - stopped) / 1000,
  calls: own.length,
  ...stages,
};
console.log(JSON.stringify(result));
stopWaking();
await server.close();
process.exit(0);

async function bakeWithPipeline(): Promise<Pick<Result, 'lostSeconds' | 'states'>> {
  let states = 0;
  let output: Record<string, { spent?: Spent }> = {};
  const execution = pipeline.start({ recipe: recipe(work) }, ({ type, state }) => {
    if (type === 'StateEntered') states++;
    if (state?.output !== undefined) output = state.output as typeof output;
  });
  const { status, cause } = await execution.result;
  if (status !== 'SUCCEEDED') throw new Error(`the build ended as ${status}: ${cause}`);
  const spent = Object.values(output).flatMap((stage) => stage?.spent ?? []);
  return { states, lostSeconds: spent.reduce((sum, { lostSeconds }) => sum + lostSeconds, 0) };
}

async function bakeWithPacker(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-packer-'));
  try {
    const file = join(folder, 'template.json');
    const ssh = await serveSsh(world, pipeline.services, time);
    const endpoints = { aws: server.url, sshPort: ssh.port };
    writeFileSync(file, JSON.stringify(template(endpoints, work)));
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: HOME.account,
      AWS_REGION: HOME.region,
      AWS_POLL_DELAY_SECONDS: String(PACKER_POLL_SECONDS / speed),
      // Packer gives up after 40 polls by default, which is less than some copies take.
      AWS_MAX_ATTEMPTS: '10000',
      CHECKPOINT_DISABLE: '1',
    };
    const packer = spawn('packer', ['build', '-color=false', file], { env, cwd: folder });
    let said = '';
    for (const stream of [packer.stdout, packer.stderr]) stream.on('data', (data) => (said += data));
    const code = await new Promise((resolve) => packer.on('close', resolve));
    if (code !== 0) throw new Error(`packer ended with exit code ${code}:\n${said}`);
    if (values.tests) await testInstance(world, pipeline.services, server.url);
    return {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}
