import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import { newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';

const START = new Date('2026-11-20T03:00:00Z');
const HOUR_MS = 3600_000;

function simulate() {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  return { clock, passedMs: () => clock.now() - START.getTime() };
}

/** A file whose reading lasts until it is written: reading takes as long as the test needs. */
function slowFile(): { path: string; write: (text: string) => void } {
  const folder = mkdtempSync(join(tmpdir(), 'golden-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  // Writing waits for the reader, in a thread of the system.
  return { path, write: (text) => writeFileSync(path, text) };
}

/** Lets the event loop turn much more often than a simulation needs. */
async function turns(count = 100): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('driven time stands still during real work that the clock detects', () => {
  test('a file read', async () => {
    const { clock, passedMs } = simulate();
    const { path, write } = slowFile();
    let timerFired = false;
    setTimeout(() => {
      timerFired = true;
    }, HOUR_MS);
    const text = clock.run(readFile(path, 'utf8'));
    await turns();
    expect([timerFired, passedMs()]).toEqual([false, 0]);
    write('what was awaited');
    expect(await text).toBe('what was awaited');
    expect([timerFired, passedMs()]).toEqual([false, 0]);
  });

  test('an SDK client reads its configuration with its first call', async () => {
    const { path, write } = slowFile();
    vi.stubEnv('AWS_CONFIG_FILE', path);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { clock, passedMs } = simulate();
    const world = newWorld({ seed: 7, now: clock.now });
    const ec2 = new EC2Client({ region: 'eu-west-1' });
    answerFrom(world, services, ec2, '999988887777', { latency: false });
    const answer = clock.run(ec2.send(new DescribeRegionsCommand({})));
    await turns();
    write('[default]\nretry_mode = standard\n');
    expect((await answer).Regions?.length).toBeGreaterThan(10);
    expect(passedMs()).toBe(0);
  });
});

describe('flowing time', () => {
  /** A clock that flows at ten times the speed of a real time that the test sets. */
  async function flowing() {
    let realMs = 0;
    vi.resetModules();
    vi.spyOn(performance, 'now').mockImplementation(() => realMs);
    const { installClock: install } = await import('../../src/core/clock.ts');
    const clock = install(START, 7);
    const time = clock.flow(10);
    onTestFinished(async () => {
      await time.stop();
      clock.uninstall();
      vi.restoreAllMocks();
    });
    return {
      time,
      passedMs: () => clock.now() - START.getTime(),
      pass: (ms: number) => {
        realMs += ms;
        time.catchUp();
      },
    };
  }

  test('stands still while it is held, and does not catch up afterwards', async () => {
    const { time, pass, passedMs } = await flowing();
    pass(100);
    expect(passedMs()).toBe(1000);
    const releases = [time.hold(), time.hold()];
    pass(5000);
    releases[0]?.();
    pass(5000);
    releases[1]?.();
    pass(0);
    expect(passedMs()).toBe(1000);
    pass(100);
    expect(passedMs()).toBe(2000);
  });

  test('stands still while a file is read', async () => {
    const { pass, passedMs } = await flowing();
    const { path, write } = slowFile();
    const text = readFile(path, 'utf8');
    pass(0);
    pass(5000);
    write('done');
    expect(await text).toBe('done');
    // A request counts until the end of the turn in which it ended.
    await turns(1);
    pass(0);
    expect(passedMs()).toBe(0);
    pass(100);
    expect(passedMs()).toBe(1000);
  });
});
