import { expect, test } from 'vitest';
import { acceptsLogins, runInShell } from '../../src/guest/index.ts';
import { services } from '../../src/services.ts';
import { simulateSsm } from '../simulated-ssm.ts';

test('a guest accepts logins when it has booted', async () => {
  const { world, launch, pass } = simulateSsm();
  const id = launch('amazon-linux-2023');
  expect(acceptsLogins({ world, services }, id)).toBe(false);
  await pass(300);
  expect(acceptsLogins({ world, services }, id)).toBe(true);
  expect(acceptsLogins({ world, services }, 'i-00000000000000000')).toBe(false);
});

test('a script has the effects that it has in Run Command', async () => {
  const { world, online, disk } = simulateSsm();
  const id = await online('amazon-linux-2023');
  const { exitCode, seconds } = runInShell({ world, services }, id, 'touch /etc/built\nexit 3\n');
  expect(exitCode).toBe(3);
  expect(seconds).toBeGreaterThan(0);
  expect(disk(id).files).toContain('/etc/built');
  expect(disk(id).journal.at(-1)).toMatchObject({ document: 'shell', script: 'touch /etc/built\nexit 3\n' });
});

test('a script can shut the machine down', async () => {
  const { world, online, pass, instance } = simulateSsm();
  const id = await online('amazon-linux-2023');
  runInShell({ world, services }, id, 'shutdown -h now');
  await pass(1200);
  expect(instance(id).state).toBe('stopped');
});
