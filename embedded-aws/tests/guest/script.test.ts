import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk } from '../../src/catalog/disk.ts';
import { baseDisk } from '../../src/catalog/packages.ts';
import { lines, rebootCode, runScript as runScriptAt } from '../../src/guest/index.ts';
import { nodesOf } from '../../src/guest/powershell.ts';

const AT = Date.UTC(2026, 10, 20);
const runScript = (disk: Disk, script: string, again = false) => runScriptAt(disk, script, AT, again);
const linux = (...files: string[]): Disk => ({ ...baseDisk('amazon-linux-2023', 0), files });
const left = (disk: Disk, script: string) => runScript(disk, script).disk.files;

describe('files', () => {
  test.each([
    ['rm -f /etc/ssh/ssh_host_*', ['/etc/ssh/ssh_host_ed25519_key'], []],
    ['rm -f "/etc/ssh/ssh_host_*"', ['/etc/ssh/ssh_host_ed25519_key'], ['/etc/ssh/ssh_host_ed25519_key']],
    ['rm /tmp', ['/tmp/a'], ['/tmp/a']],
    ['rm -rf /tmp', ['/tmp/a', '/tmp/b/c', '/tmpfile'], ['/tmpfile']],
    ['rm -rf /tmp/*', ['/tmp/a/b', '/tmp/.hidden'], ['/tmp/.hidden']],
    [
      'rm -f /home/*/.bash_history',
      ['/home/ec2-user/.bash_history', '/home/a/b/.bash_history'],
      ['/home/a/b/.bash_history'],
    ],
    ['rm -f /root/.*_history', ['/root/.bash_history', '/root/x_history'], ['/root/x_history']],
    ['rm -rf "$HOME/x" /a', ['/a', '/b'], ['/b']],
    ['sudo rm -f /a; rm -f /b && rm -f /c', ['/a', '/b', '/c'], []],
    ['test -d /x || rm -f /a', ['/a'], ['/a']],
    ['# rm -f /a', ['/a'], ['/a']],
    ['echo "rm -f /a"', ['/a'], ['/a']],
    ['rm -f \\\n  /a \\\n  /b', ['/a', '/b'], []],
    ['cat > /x <<EOF\nrm -f /a\nEOF\nrm -f /b', ['/a', '/b'], ['/a', '/x']],
    ['echo a > /x; echo b >> /y; echo c > /dev/null; echo d 2> /run/z', [], ['/x', '/y']],
    ['echo a | tee /x /y > /z', [], ['/z', '/x', '/y']],
    ['truncate -s 0 /etc/machine-id', ['/etc/machine-id'], []],
    ['truncate --size=0 /a', ['/a'], []],
    ['truncate -s 10M /a', ['/a'], ['/a']],
    [': > /var/log/wtmp', ['/var/log/wtmp'], []],
    ['>/var/log/wtmp', ['/var/log/wtmp'], []],
    ['cat /dev/null > /a', ['/a'], []],
    ["find /var/log -type f -name '*.gz' -delete", ['/var/log/a.gz', '/var/log/b'], ['/var/log/b']],
    ["find /a /b -mindepth 1 ! -path '/a/keep/*' -delete", ['/a/keep/x/y', '/a/z', '/b/c'], ['/a/keep/x/y']],
    ['find /var/log -type f -exec truncate -s 0 {} +', ['/var/log/x/y', '/var/lib/z'], ['/var/lib/z']],
    ['find /var/log -type f', ['/var/log/x'], ['/var/log/x']],
    ['touch /etc/built', [], ['/etc/built']],
    [
      'cloud-init clean',
      ['/var/lib/cloud/data/instance-id', '/var/lib/cloud/seed/nocloud/x', '/var/log/cloud-init.log'],
      ['/var/lib/cloud/seed/nocloud/x', '/var/log/cloud-init.log'],
    ],
    ['cloud-init clean --logs --seed', ['/var/lib/cloud/seed/x', '/var/log/cloud-init-output.log'], []],
    ['cloud-init clean --machine-id', ['/etc/machine-id'], []],
  ])('%s', (script, before, after) => {
    expect(left(linux(...before), script)).toEqual(after);
  });

  test('on Windows, with its separators, patterns and directories', () => {
    const disk: Disk = {
      ...baseDisk('windows-2022', 0),
      files: [
        'C:\\ProgramData\\Amazon\\SSM\\Logs\\a.log',
        'C:\\Windows\\Temp\\x\\y',
        'C:\\keep',
        'C:\\Windows\\System32\\winevt\\Logs\\System.evtx',
      ],
    };
    const script = [
      'Remove-Item -Force "$env:ProgramData\\Amazon\\SSM\\Logs\\*"',
      'Remove-Item -Recurse -Force $env:SystemRoot\\Temp\\*, C:\\nothing',
      'wevtutil.exe cl System',
    ].join('\n');
    expect(left(disk, script)).toEqual(['C:\\keep']);
  });
});

describe('packages and services', () => {
  const debian = baseDisk('debian-12', 0);
  test.each([
    'dpkg -i amazon-ssm-agent.deb',
    'snap install amazon-ssm-agent --classic',
    'dnf install -y https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/linux_amd64/amazon-ssm-agent.rpm',
    'rpm -Uvh ./amazon-ssm-agent.rpm',
    'sudo -E apt-get -y install ./amazon-ssm-agent.deb',
  ])('%s installs the agent', (script) => {
    const { disk, installed } = runScript(debian, script);
    expect(disk.packages['amazon-ssm-agent']).toBeDefined();
    expect(disk.services).toContain('amazon-ssm-agent');
    expect(installed).toBe(true);
  });

  test('packages of the repository are installed, and leave caches', () => {
    const { disk } = runScript(debian, 'apt-get install -y --no-install-recommends nginx jq unheard-of');
    expect(disk.packages).toMatchObject({ nginx: expect.any(String), jq: expect.any(String) });
    expect(disk.packages).not.toHaveProperty('unheard-of');
    expect(disk.files).toContain('/var/log/dpkg.log');
    expect(runScript(disk, 'apt-get clean').disk.files).not.toContain('/var/cache/apt/pkgcache.bin');
    expect(runScript(disk, 'apt-get purge -y nginx').disk.packages).not.toHaveProperty('nginx');
  });

  test('services are enabled and disabled', () => {
    const { disk } = runScript(debian, 'systemctl enable --now nginx.service\nsystemctl disable ssh');
    expect(disk.services).toContain('nginx');
    expect(disk.services).not.toContain('ssh');
  });
});

describe('the machine', () => {
  const disk = linux();
  test.each([
    ['reboot', { to: 'reboot', later: false }],
    ['shutdown -r now', { to: 'reboot', later: false }],
    ['shutdown -h +1', { to: 'off', later: true }],
    ['poweroff', { to: 'off', later: false }],
    ['Restart-Computer -Force', { to: 'reboot', later: false }],
    ['shutdown /s /t 60', { to: 'off', later: true }],
    [
      '& "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe" sysprep --shutdown=true',
      { to: 'generalised', later: false },
    ],
    [
      'New-ScheduledTaskAction -Execute "C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe" -Argument \'sysprep --shutdown=true\'',
      { to: 'generalised', later: true },
    ],
    ['& EC2Launch.exe sysprep --shutdown=false', undefined],
    ['shutdown -c', undefined],
    ['if needed; then\n  reboot\nfi', undefined],
    ['if ! needed; then\n  exit 1\nfi\nreboot', { to: 'reboot', later: false }],
    ['restart_later() {\n  reboot\n}', undefined],
    ['restart_now() {\n  reboot\n}\nrestart_now', { to: 'reboot', later: false }],
    ['echo reboot', undefined],
  ])('%s', (script, power) => {
    const windows = { ...baseDisk('windows-2022', 0), files: [] };
    expect(runScript(/EC2Launch|Computer/.test(script) ? windows : disk, script).power).toEqual(power);
  });

  test('a script ends with its exit code, outside conditions', () => {
    expect(runScript(disk, 'exit 3').exitCode).toBe(3);
    expect(runScript(disk, 'if wrong; then exit 3; fi').exitCode).toBe(0);
    expect(runScript(linux('/a'), 'exit 0\nrm -f /a').disk.files).toEqual(['/a']);
  });

  test('exit 194 counts once, even inside a condition', () => {
    const script = 'if [ ! -e /done ]; then\n  touch /done\n  exit 194\nfi\ntouch /after';
    const first = runScript(disk, script);
    expect([first.exitCode, first.disk.files]).toEqual([194, ['/done']]);
    const second = runScript(first.disk, script, true);
    expect([second.exitCode, second.disk.files]).toEqual([0, ['/done', '/after']]);
  });

  test('on Windows the code is 3010, and 194 is an ordinary code', () => {
    const windows: Disk = { ...linux(), platform: 'windows' };
    const script = 'if ($first) {\n  exit 3010\n}\nexit 194';
    expect(runScript(windows, script).exitCode).toBe(3010);
    expect(runScript(windows, script, true).exitCode).toBe(194);
    expect(rebootCode(windows)).toBe(3010);
  });

  test('stopping the agent is detected', () => {
    expect(runScript(disk, 'systemctl stop amazon-ssm-agent').agentStopped).toBe(true);
    expect(runScript(disk, 'systemctl restart amazon-ssm-agent').agentStopped).toBe(false);
  });
});

test('each example of the table matches its own line', () => {
  for (const { example, pattern } of lines) {
    for (const one of example.split(' · ')) {
      const line = lines.find((candidate) => candidate.pattern.test(one.trim()));
      expect(line?.pattern.source, one).toBe(pattern.source);
    }
  }
});

test('docs/guest.md shows the table', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/guest.md'), 'utf8');
  for (const { example, effect } of lines) {
    const examples = example.split(' · ').map((one) => `\`${one}\``);
    expect(text).toContain(`| ${examples.join('<br>')} | ${effect} |`);
  }
});

describe('any script', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...lines.map(({ example }) => example),
      'if',
      'fi',
      '{',
      '}',
      '"',
      "'",
      '<<EOF',
      '\n',
      '; ',
      ' && ',
      '\\',
    ),
  );
  const scripts = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(' '));

  test('is understood or ignored, and never throws', () => {
    fc.assert(
      fc.property(
        scripts,
        fc.constantFrom('amazon-linux-2023' as const, 'windows-2022' as const),
        (script, os) => {
          const { disk, exitCode } = runScript(baseDisk(os, 0), script);
          expect(exitCode).toBeGreaterThanOrEqual(0);
          expect(exitCode).toBeLessThan(256);
          expect(new Set(disk.files).size).toBe(disk.files.length);
        },
      ),
    );
  });

  test('is split without an error', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        nodesOf(script);
      }),
    );
  });
});
