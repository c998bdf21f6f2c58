import { describe, expect, test } from 'vitest';
import { baseDisk, type OsName } from '../../src/catalog/packages.ts';
import { rebootGuest, runScript } from '../../src/guest/index.ts';
import { simulateSsm } from '../simulated-ssm.ts';

const AT = Date.UTC(2026, 10, 20);
const kernels = (files: readonly string[]) => files.filter((file) => file.startsWith('/boot/'));
const ran = (os: OsName, script: string) => runScript(baseDisk(os, 1), script, AT).disk;

describe('the kernel', () => {
  test.each(['amazon-linux-2023', 'ubuntu-24.04', 'debian-12'] as const)(
    '%s has one, and an update adds another',
    (os) => {
      const disk = baseDisk(os, 1);
      expect(kernels(disk.files)).toHaveLength(1);
      const update = os === 'amazon-linux-2023' ? 'dnf upgrade -y' : 'apt-get dist-upgrade -y';
      const [old, added, ...others] = kernels(ran(os, update).files);
      expect(old).toBe(kernels(disk.files)[0]);
      expect(ran(os, update).times?.[added ?? '']).toBe(AT);
      expect(others).toEqual([]);
    },
  );

  test.each([
    ['amazon-linux-2023', 'dnf remove -y kernel'],
    ['amazon-linux-2023', "dnf remove -y 'kernel*'"],
    ['amazon-linux-2023', 'rm -rf /boot/vmlinuz*'],
    ['amazon-linux-2023', 'rm -rf /boot'],
    ['ubuntu-24.04', 'apt-get purge -y linux-image-*'],
    ['debian-12', 'apt-get remove -y linux-image-cloud-amd64'],
    ['debian-12', 'apt-get purge -y linux-image-6.1.148-1'],
  ] as const)('%s: %s removes it', (os, script) => {
    const disk = ran(os, script);
    expect(kernels(disk.files)).toEqual([]);
    expect(disk.unbootable).toBe(true);
  });

  test.each([
    ['amazon-linux-2023', 'dnf upgrade -y\nrm /boot/vmlinuz-6.1.153*'],
    ['amazon-linux-2023', 'dnf remove -y kernel-tools'],
    ['amazon-linux-2023', 'dnf remove -y kernel\ndnf install -y kernel'],
    ['debian-12', 'apt-get purge -y linux-image-5.10.0-1'],
  ] as const)('%s: %s leaves one', (os, script) => {
    expect(kernels(ran(os, script).files)).toHaveLength(1);
    expect(ran(os, script).unbootable).toBeUndefined();
  });

  test('a disk of an older world lists none, and boots', () => {
    const old = { ...baseDisk('debian-12', 0), files: ['/etc/fstab'] };
    expect(runScript(old, 'touch /a', AT).disk.unbootable).toBeUndefined();
  });
});

describe('a guest without a kernel', () => {
  test('runs until its next boot, which never ends', async () => {
    const { world, online, script, pass, instance, disk } = simulateSsm();
    const id = await online('amazon-linux-2023');
    await script(id, 'dnf remove -y kernel');
    expect(instance(id).agentOnlineSince).toBeDefined();
    rebootGuest(world, id, world.now());
    const at = world.now();
    await pass(7200);
    expect(instance(id)).toMatchObject({ state: 'running', bootFailed: { at, how: 'reboot' } });
    expect(instance(id).agentOnlineSince).toBeUndefined();
    expect(instance(id).agentLostAt).toBe(at);
    expect(disk(id).rebootPending).toBe(false);
  });

  test('does not come up on an instance of its image', async () => {
    const { launch, pass, instance, disk } = simulateSsm();
    const id = launch('amazon-linux-2023', { disk: ran('amazon-linux-2023', 'rm -rf /boot/vmlinuz*') });
    await pass(7200);
    expect(instance(id)).toMatchObject({ state: 'running', bootFailed: { how: 'boot' } });
    expect(instance(id).agentOnlineSince).toBeUndefined();
    expect(disk(id).files).not.toContain('/etc/machine-id');
  });
});

test('a fault keeps one instance from booting, and no other', async () => {
  const { world, launch, online, pass, instance } = simulateSsm({ faults: [{ boot: 'fails' }] });
  const struck = launch('amazon-linux-2023');
  await pass(3600);
  rebootGuest(world, struck, world.now());
  await pass(3600);
  expect(instance(struck)).toMatchObject({ boots: 2, bootFailed: { how: 'reboot' } });
  expect(instance(await online('amazon-linux-2023')).bootFailed).toBeUndefined();
});
