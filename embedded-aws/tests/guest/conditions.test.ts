import { describe, expect, test } from 'vitest';
import type { Disk } from '../../src/catalog/disk.ts';
import { baseDisk } from '../../src/catalog/packages.ts';
import { runScript } from '../../src/guest/index.ts';

const AT = Date.UTC(2026, 10, 22, 3);
const HOUR_MS = 3_600_000;

const linux: Disk = {
  ...baseDisk('amazon-linux-2023', 0),
  files: ['/etc/fstab', '/home/ec2-user/.ssh/authorized_keys', '/tmp/build/log', '/var/log/messages'],
  times: { '/tmp/build/log': AT - HOUR_MS, '/var/log/messages': AT + HOUR_MS },
};
const withNginx = runScript(linux, 'dnf install -y nginx\nsystemctl enable nginx', AT).disk;

const run = (script: string, disk = linux) => runScript(disk, script, AT + 2 * HOUR_MS);

/** The answer of the guest to a condition: its branch ends the script; no branch does so if the answer is unknown. */
const answerOf = (condition: string, disk = linux) =>
  ({ 3: true, 4: false, 0: undefined })[
    run(`if ${condition}; then\n  exit 3\nelse\n  exit 4\nfi\nexit 0`, disk).exitCode
  ];

describe('files', () => {
  test.each([
    ['[ -e /etc/fstab ]', true],
    ['[ ! -e /etc/fstab ]', false],
    ['! [ -e /etc/fstab ]', false],
    ['test -f /etc/fstab', true],
    ['test -s "/etc/fstab"', true],
    ['[[ -f /etc/fstab && ! -d /etc/fstab ]]', true],
    ['[ -d /tmp/build ]', true],
    ['[ -f /tmp/build ]', false],
    ['[ -e /tmp/other ]', false],
    ['[ -e /etc/machine-id ]', false],
    ['[ -e /etc/debian_version ]', false],
    ['[ -e /root/.ssh/authorized_keys ]', false],
    // The disk lists only the files that matter, so the guest cannot know.
    ['[ -e /etc/passwd ]', undefined],
    ['[ -x /etc/fstab ]', undefined],
    ['[ -e "$unknown" ]', undefined],
  ])('%s', (condition, answer) => expect(answerOf(condition)).toBe(answer));

  test('that the script wrote or removed', () => {
    expect(answerOf('touch /opt/a && [ -e /opt/a ]')).toBe(undefined);
    expect(run('touch /opt/a\n[ -e /opt/a ] && exit 3').exitCode).toBe(3);
    expect(run('rm -f /etc/fstab\n[ -e /etc/fstab ] || exit 3').exitCode).toBe(3);
  });
});

describe('packages, commands and services', () => {
  test.each([
    ['command -v dnf >/dev/null 2>&1', true, true],
    ['command -v apt-get', false, false],
    ['command -v nginx', false, true],
    ['which nginx', false, true],
    ['command -v unheard-of', undefined, undefined],
    ['rpm -q nginx', false, true],
    ['rpm -q unheard-of', undefined, undefined],
    ['dpkg -s nginx', false, false],
    ['systemctl is-enabled nginx', false, true],
    ['systemctl is-active --quiet nginx.service', false, true],
    ['systemctl is-active sshd', true, true],
    ['systemctl is-active unheard-of', undefined, undefined],
  ])('%s', (condition, without, installed) => {
    expect(answerOf(condition)).toBe(without);
    expect(answerOf(condition, withNginx)).toBe(installed);
  });

  test('a service that the script started is active', () => {
    const { disk } = runScript(linux, 'dnf install -y nginx', AT);
    expect(run('systemctl start nginx\nsystemctl is-active nginx || exit 3', disk).exitCode).toBe(0);
    expect(run('systemctl is-active nginx || exit 3', disk).exitCode).toBe(3);
  });

  test('on Debian, an installed service is enabled', () => {
    const debian = baseDisk('debian-12', 0);
    expect(answerOf('dpkg -s nginx', debian)).toBe(false);
    const { disk } = runScript(debian, 'apt-get install -y nginx', AT);
    expect(answerOf('systemctl is-enabled nginx', disk)).toBe(true);
    expect(answerOf('dpkg -s nginx', disk)).toBe(true);
    expect(answerOf('rpm -q nginx', disk)).toBe(false);
  });
});

describe('find', () => {
  const time = new Date(AT).toISOString();
  test.each([
    ['find /tmp -mindepth 1 | grep -q .', true],
    ['find /tmp -mindepth 2 -maxdepth 2 -type f | grep -q .', true],
    ['find /tmp -maxdepth 1 -type f | grep -q .', false],
    ['find /var/tmp -mindepth 1 | grep -q .', false],
    [`find /var/log -type f -newermt '${time}' | grep -q .`, true],
    [`find /var/log -type f ! -newermt '${time}' | grep -q .`, false],
    [`find /tmp /etc -type f -newermt '2026-11-22 02:30:00' | grep -q .`, false],
    [
      `find /tmp -type f -newermt '2026-11-22 01:59:59 UTC' ! -newermt "2026-11-22T03:00:00Z" | grep -q .`,
      true,
    ],
    [`find / -type f -newer /tmp/build/log | grep -q .`, true],
    [`find / -path /home -prune -o -name 'authorized_*' -print | grep -q .`, false],
    [`find / \\( -name nothing -o -name 'authorized_*' \\) -size +0 | grep -q .`, true],
    [`find /home/* -name authorized_keys -print -quit 2>/dev/null | head -n 1 | grep .`, true],
    ['find /tmp -perm -2 | grep -q .', undefined],
    ['find "$unknown" -type f | grep -q .', undefined],
    ['find /tmp -newermt yesterday | grep -q .', undefined],
    ['find /tmp -type f | grep -q log', undefined],
    ['[ -n "$(find /tmp -type f)" ]', true],
    ['[ -z "$(find /var/tmp -type f)" ]', true],
    ['test -z "$(curl -s localhost)"', undefined],
  ])('%s', (condition, answer) => expect(answerOf(condition)).toBe(answer));
});

describe('the branch that runs', () => {
  test.each([
    ['[ -e /etc/fstab ] || exit 3', 0],
    ['[ -e /tmp/other ] || exit 3', 3],
    ['[ -e /etc/fstab ] && exit 3', 3],
    ['[ -e /tmp/other ] && exit 3\nexit 4', 4],
    ['[ -e /tmp/other ] && exit 3 || exit 4', 4],
    ['grep -q x /etc/fstab || exit 3', 0],
    ['curl -sf localhost && exit 3', 3],
    ['if curl -sf localhost; then exit 3; fi', 0],
    ['if [ -e /tmp/other ]; then exit 3; elif [ -e /etc/fstab ]; then exit 4; else exit 5; fi', 4],
    ['if curl -sf localhost; then exit 3; elif [ -e /etc/fstab ]; then exit 4; fi', 0],
    ['if [ -e /etc/fstab ]; then if curl x; then exit 3; fi; exit 4; fi', 4],
    // Without exit, the last command decides.
    ['test -e /tmp/other', 1],
    ['test -e /tmp/other\ntrue', 0],
    ['test -e /tmp/other\ncurl localhost', 0],
    ['false\nexit', 1],
    // set -e
    ['set -eu\ntest -e /tmp/other\nexit 0', 1],
    ['set -e\nif test -e /tmp/other; then exit 3; fi\n! true\ntest -e /tmp/other && exit 4\nexit 5', 5],
    ['set -e\nset +e\nfalse\nexit 4', 4],
    // Functions and subshells.
    ['fail() { echo "$1" >&2; exit 3; }\n[ -e /tmp/other ] || fail "no file"', 3],
    ['check() { [ -e "$1" ] || return 1; }\ncheck /etc/fstab && check /tmp/other\nexit $?', 1],
    ['loop() { loop; }\nloop\nexit 4', 4],
    ['(exit 3) || exit 4', 4],
    ['(exit 3)\nexit 0', 0],
    // Variables and loops.
    ['file=\'/tmp/other\'\n[ -e "$file" ] || exit 3', 3],
    ['version=$(rpm -q nginx) || exit 3', 3],
    ['version=$(curl x) || exit 3', 0],
    ['set -e\nleft=$(false)\nexit 0', 1],
    ['if curl x; then file=/etc/fstab; fi\n[ -e "$file" ] || exit 3', 0],
    ['for file in /home/*/.ssh/authorized_keys /root/.ssh/x; do [ -e "$file" ] && exit 3; done', 3],
    ['for file in /root/.ssh/*; do [ -e "$file" ] && exit 3; done\nexit 4', 4],
    ['for file in a b; do break; exit 3; done\nexit 4', 4],
    ['for file in $(ls); do exit 3; done\nexit 4', 4],
    ['find /tmp -type f | while read -r file; do [ -e "$file" ] && exit 3; done', 1],
    ['while ! [ -e /tmp/other ]; do sleep 5; done\nexit 4', 4],
    ['left=0; until [ -e /etc/fstab ]; do exit 3; done\nexit 4', 4],
    ['n=0; for file in /tmp/* /etc/*; do n=$((n + 1)); done\nexit "$n"', 2],
    ['[ "$(find /tmp -type f | wc -l)" -gt 0 ] && exit 3', 3],
    [':() { : | :; }\n:; exit 4', 4],
    ['a() { b; b; }; b() { c; c; }; c() { a; touch /c; }\na; exit 4', 4],
    ['case $(find /tmp -type f) in /tmp/*) exit 3;; *) exit 4;; esac', 3],
    ['case $(uname) in Linux) exit 3;; esac\nexit 4', 4],
  ])('%s', (script, code) => expect(run(script).exitCode).toBe(code));

  test('has its effects, and the other branch has none', () => {
    const { files } = run(
      'if [ -d /tmp/build ]; then rm -rf /tmp/build; else touch /else; fi\n[ -e /tmp/build ] && touch /and',
    ).disk;
    expect(files).toEqual(['/etc/fstab', '/home/ec2-user/.ssh/authorized_keys', '/var/log/messages']);
  });

  test('counts as executed on both sides if the answer is unknown', () => {
    const { files } = run('if curl x; then touch /then; else touch /else; fi').disk;
    expect(files).toEqual([...linux.files, '/then', '/else']);
  });
});

describe('PowerShell', () => {
  const windows: Disk = {
    ...baseDisk('windows-2022', 0),
    files: ['C:\\Windows\\System32\\drivers\\etc\\hosts', 'C:\\ProgramData\\ssh\\ssh_host_rsa_key'],
  };
  test.each([
    ['if (Test-Path "C:\\Windows\\System32\\drivers\\etc\\hosts") { exit 3 }', 3],
    ['if (Test-Path -Path $env:SystemRoot\\System32\\drivers) { exit 3 }', 3],
    ['if (-not (Test-Path "$env:ProgramData\\ssh\\ssh_host_rsa_key")) { exit 3 } else { exit 4 }', 4],
    ["if (!(Test-Path 'C:\\Windows\\Temp\\x')) {\n  Write-Error 'gone'\n  exit 3\n}", 3],
    ['if (Test-Path C:\\Program) { exit 3 } else { exit 4 }', 0],
    ['if (Get-Service WinDefend -ErrorAction SilentlyContinue) { exit 3 }', 3],
    ["if ((Get-Service -Name 'WinDefend').Status -ne 'Running') { exit 3 } else { exit 4 }", 4],
    ['if ((Get-Service unheard-of).Status -ne "Running") { exit 3 }', 0],
    [
      "$path = 'C:\\Windows\\Temp\\x'\nif (Test-Path $path) { exit 3 }\nelseif ($other) { exit 4 }\nelse { exit 5 }\nexit 6",
      6,
    ],
    ['$path = \'C:\\Windows\\Temp\\x\'\nif (-not (Test-Path $path)) { throw "no $path" }\nexit 6', 1],
    ['try { throw "a" } catch { exit 5 } finally { Write-Output b }', 5],
    ['try { Invoke-WebRequest http://localhost } catch { exit 5 }\nexit 6', 6],
    ['function Stop-Test { exit 7 }\nStop-Test', 7],
    ['foreach ($x in 1..3) { exit 3 }\nexit 4', 4],
    ['# if {\n<# exit 1 #>\nWrite-Output "{ exit 2"\nexit 3', 3],
    ["$text = @'\nexit 1\n'@\nexit 4", 4],
  ])('%s', (script, code) => expect(run(script, windows).exitCode).toBe(code));
});

test('a fresh instance tells what its builder left behind from what is its own', () => {
  const base = baseDisk('amazon-linux-2023', 0);
  const built = runScript(base, 'touch /etc/ssh/ssh_host_rsa_key /tmp/left /etc/app.conf', AT).disk;
  const created = new Date(AT + HOUR_MS).toISOString();
  const booted = runScript(built, 'touch /var/log/messages', AT + 2 * HOUR_MS).disk;
  const check = `
    set -eu
    created='${created}'
    failed=0
    for place in /etc/ssh/ssh_host_* /tmp /var/log; do
      left=$(find "$place" -type f ! -newermt "$created")
      if [ -n "$left" ]; then
        printf 'the builder left %s\\n' "$left" >&2
        failed=$((failed + 1))
      fi
    done
    [ "$failed" -eq 0 ] || exit 1
    echo clean`;
  const stderr = 'the builder left /etc/ssh/ssh_host_rsa_key\nthe builder left /tmp/left\n';
  expect(run(check, booted)).toMatchObject({ exitCode: 1, stdout: '', stderr });
  const { disk } = run('rm -rf /etc/ssh/ssh_host_* /tmp/*', booted);
  expect(run(check, disk)).toMatchObject({ exitCode: 0, stdout: 'clean\n', stderr: '' });
});

describe('output', () => {
  test.each([
    ['echo a "b  c"\necho -n d', 'a b  c\nd', ''],
    ['echo "no file" >&2', '', 'no file\n'],
    ['{ echo a; echo b >&2; } 2>/dev/null', 'a\n', ''],
    ["printf '%s is %s\\n' nginx missing", 'nginx is missing\n', ''],
    ["printf '%s\\n' a b", 'a\nb\n', ''],
    [`code=3\necho "code $code, \${code}"`, 'code 3, 3\n', ''],
    ['code=$(curl x)\necho "code $code"', 'code $code\n', ''],
    ['if curl x; then echo yes; else echo no; fi', '', ''],
    ['find /tmp -type f', '/tmp/build/log\n', ''],
    ['found=$(find /tmp -type f)\necho "left: $found" >&2', '', 'left: /tmp/build/log\n'],
    ['find / -name nothing -o -name fstab | sort | head -n 1 >&2', '', '/etc/fstab\n'],
    ['cat <<EOF\na\nb\nEOF', 'a\nb\n', ''],
    ['echo a > /x', '', ''],
    ['rpm -q nginx', 'package nginx is not installed\n', ''],
    ['systemctl is-enabled sshd', 'enabled\n', ''],
  ])('%s', (script, stdout, stderr) => {
    expect(run(script)).toMatchObject({ stdout, stderr });
  });

  test('of PowerShell', () => {
    const script = 'Write-Output "a b"\nWrite-Host c\nWrite-Error "d"\nthrow \'e\'';
    const disk = baseDisk('windows-2022', 0);
    expect(run(script, disk)).toMatchObject({ stdout: 'a b\nc\n', stderr: 'd\ne\n', exitCode: 1 });
  });
});
