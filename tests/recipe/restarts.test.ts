import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../shared/recipe/check-recipe.ts';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { findRestart } from '../../shared/recipe/restarts.ts';

const lines = (...text: string[]) => text.join('\n');

describe('a shell script that restarts or stops the instance', () => {
  test.each([
    'reboot',
    'sudo reboot',
    'sudo -n -u root /sbin/reboot now',
    'reboot -f',
    '"reboot"',
    "re'boot'",
    'dnf upgrade -y && reboot',
    'needs-restarting -r || reboot',
    'echo done; reboot',
    'test -f /run/reboot-required && { sync; reboot; }',
    '(sleep 5; reboot) &',
    'nohup sh -c "sleep 5; reboot" &',
    'LANG=C exec reboot',
    'env A=1 reboot > /dev/null 2>&1',
    'timeout -k 5 10s reboot',
    'shutdown -r now',
    'shutdown -fr +1 "updates are installed"',
    'shutdown --reboot now',
    '/usr/sbin/shutdown -r now',
    'systemctl reboot',
    'systemctl --no-wall reboot',
    'systemctl isolate reboot.target',
    'init 6',
    'telinit 6',
    'echo $(date)\nreboot',
    "cat <<'END' > /etc/motd\nreboot\nEND\nreboot",
    'cat << 2>&1\nreboot',
    'echo "it\'s done" # a comment\'s quote\nreboot',
    'reboot \\\n  --no-wall',
    'while ! reboot; do sleep 1; done',
    'case "$1" in\n  6) reboot ;;\nesac',
    'case "$1" in stop) true;; restart|6) reboot;; esac',
    'if [ -f /run/reboot-required ]; then\r\n  reboot\r\nfi',
    '#!/bin/bash -e\nreboot',
    '#!/usr/bin/env -S dash\nreboot',
    'su -c reboot',
    'su -c "reboot"',
    "sudo su - root -c 'sync; reboot'",
    'su --command="sleep 1; reboot"',
    'runuser -l root -c reboot',
    'systemd-run --on-active=5 reboot',
    'systemd-run --on-active 5 --unit again /sbin/reboot',
    'systemd-run reboot',
    'eval reboot',
    'eval "sleep 1; reboot"',
    'trap reboot EXIT',
    "trap 'rm -f /tmp/a; reboot' EXIT",
    'busybox reboot',
    '`reboot`',
    'true; `reboot -f`',
    '$(reboot)',
    'result=$(reboot)',
    'sudo --user root reboot',
    'command -p reboot',
    'case $(uname -m) in\n  x86_64) true ;;\n  *) reboot ;;\nesac',
    'case $x in a) true ;; esac; reboot',
    'case $x in\n  a) case $y in b) true ;; esac\n     reboot ;;\nesac',
    '(case $x in (a|b) true ;; (c) reboot ;; esac)',
    'case $x in a) { true; } esac\nreboot',
    'if [[ $x =~ (a|b) ]]; then reboot; fi',
    '[[ -f /run/reboot-required && $x == a ]] && reboot',
    'if ((count > 1)); then reboot; fi',
    'names=(a $(date) b)\nreboot',
    "cat <<'END OF'\nreboot\nEND OF\nreboot",
    'cat <<EOF\r\nreboot\r\nEOF\r\nreboot\r\n',
    'reboot() { echo no; }\nsudo reboot',
    "echo $'it\\'s done'\nreboot",
    '(true; (true)); reboot',
  ])('%j restarts it', (script) => {
    expect(findRestart(script, 'shell')).toMatchObject({ effect: 'restarts' });
  });

  test.each([
    'shutdown -h now',
    'shutdown',
    'poweroff',
    'halt -p',
    'init 0',
    'systemctl poweroff',
    'systemctl start poweroff.target',
  ])('%j stops it', (script) => {
    expect(findRestart(script, 'shell')).toMatchObject({ effect: 'stops' });
  });

  test('is found with its line', () => {
    expect(
      findRestart(lines('set -eu', 'dnf upgrade -y', '', 'sync; sudo  reboot -f # now'), 'shell'),
    ).toEqual({
      effect: 'restarts',
      command: 'sudo reboot -f',
      line: 4,
    });
  });
});

describe('a shell script that does not restart or stop the instance', () => {
  test.each([
    '',
    '# reboot',
    'true # then reboot',
    'echo reboot',
    'echo "now reboot"',
    'echo "first line\nreboot\nlast line"',
    "printf '%s\\n' reboot",
    'echo $(date) reboot',
    'echo `date` reboot',
    'echo "$(date)" reboot',
    'needs-reboot',
    '/usr/bin/needs-reboot',
    'reboot-required',
    'touch reboot',
    'touch /run/reboot',
    'cat < reboot',
    'echo yes > reboot',
    'command -v reboot',
    'which reboot',
    'man reboot',
    'alias reboot=true',
    'reboot=1',
    'reboot=never systemctl daemon-reload',
    'reboot() { echo no; }',
    'reboot () {\n  echo no\n}',
    'function reboot { echo no; }',
    'commands=(reboot shutdown)',
    'for command in reboot shutdown; do rm -f "/usr/local/bin/$command"; done',
    'case "$1" in\n  reboot) echo no ;;\n  restart|reboot) echo no ;;\nesac',
    'case "$1" in reboot|shutdown) echo no;; poweroff) echo no;; esac',
    'cat <<EOF > /usr/local/bin/again\nreboot\nEOF',
    'cat <<-"EOF"\n\treboot\n\tEOF\ntrue',
    "tee /a <<'A' && tee /b <<'B'\nreboot\nA\nreboot\nB\ntrue",
    'ssh host reboot',
    'docker run image reboot',
    'shutdown -c',
    'shutdown --show',
    'shutdown -k now',
    'reboot --help',
    'reboot -w',
    'systemctl enable reboot.target',
    'systemctl mask reboot.target',
    'systemctl -H web reboot',
    'systemctl restart nginx',
    'systemctl list-units',
    'init 3',
    'dnf install -y shutdown-notifier',
    'exit 194',
    'bash -c "echo reboot"',
    'echo a \\\n  reboot',
    "echo 'an open quote\nreboot",
    'case $x in (a|reboot) :;; esac',
    'case $x in\n  (a) true ;;\n  (reboot) true ;;\nesac',
    'case $(uname -m) in reboot) true;; esac',
    'case "$(cat /etc/x)" in a | reboot ) true;; esac',
    '(case $x in reboot) true;; esac)',
    'value=$(case $x in a) echo b;; reboot) echo c;; esac)',
    'case $x in a) case $y in reboot) true;; esac;; poweroff|reboot) true;; esac',
    'case $x in\n  a) true ;&\n  reboot) true ;;&\n  halt) true\nesac',
    'case $x\nin\nreboot) true;; esac',
    '[[ $x =~ (a|reboot) ]]',
    'if [[ $x == @(a|reboot) && ( $y = b || reboot = $y ) ]]; then true; fi',
    '[[ $x == a ||\n reboot == $x ]]',
    '$((reboot))',
    'echo $((reboot)) $(( (reboot + 1) * (reboot) ))',
    '((reboot))',
    '((a|reboot)) && true',
    'for ((reboot = 0; reboot < 3; reboot++)); do true; done',
    'rm -f !(a|reboot)',
    'ls @(a|reboot).txt',
    'commands=(a $(date) reboot)',
    'commands=(\n  a\n  reboot\n)',
    'commands+=([a]=$(date)\nreboot\n)',
    "cat <<'END OF'\nreboot\nEND OF",
    'cat <<"!"\nreboot\n!',
    'cat <<-END.1\n\treboot\n\tEND.1',
    'cat <<EOF\r\nreboot\r\nEOF\r\n',
    'reboot() { echo no; }\nreboot',
    'function reboot {\n  echo no\n}\nreboot now',
    'echo "$(grep "a; reboot" file)"',
    "echo $'it\\'s'; echo 'a; reboot; b'",
    'su -c "echo reboot"',
    'su reboot',
    'sudo -l reboot',
    'sudo -u reboot id',
    'systemd-run --on-calendar=weekly reboot',
    'systemd-run -M web reboot',
    'systemd-run --unit reboot true',
    'eval "echo reboot"',
    'trap - EXIT',
    "trap 'echo reboot' EXIT",
    "trap 'reboot' USR1",
    'echo `reboot`s',
    'busybox echo reboot',
  ])('%j is allowed', (script) => {
    expect(findRestart(script, 'shell')).toBeUndefined();
  });
});

describe('a script for another interpreter', () => {
  test.each([
    '#!/usr/bin/env python3\nreboot = True\nif reboot:\n    print("later")',
    '#!/usr/bin/python3\nhalt = 1',
    '#!/usr/bin/env -S perl -w\nreboot();',
    '#! /usr/bin/ruby\nreboot if ARGV.empty?',
    '#!/usr/bin/env python3\r\nreboot = True',
  ])('%j is not read', (script) => {
    expect(findRestart(script, 'shell')).toBeUndefined();
  });
});

describe('a PowerShell script that restarts or stops the computer', () => {
  test.each([
    'Restart-Computer',
    'restart-computer -Force',
    'Install-WindowsUpdate; Restart-Computer -Force',
    'if ($needed) { Restart-Computer }',
    'if ($needed)\n{\n  Restart-Computer\n}',
    '$result = Restart-Computer -PassThru',
    'shutdown /r /t 0',
    'shutdown.exe -r -t 5 -c "updates are installed"',
    '& shutdown /r',
    '& "C:\\Windows\\System32\\shutdown.exe" /r /t 0',
    '&"shutdown.exe" /r',
    'cmd /c shutdown /r /t 0',
    'C:\\Windows\\System32\\shutdown.exe /g',
    'Install-WindowsFeature -Name Web-Server -Restart',
    'Rename-Computer -NewName web -Restart',
    '<# a comment #> Restart-Computer',
    "$text = @'\nRestart-Computer\n'@\nRestart-Computer",
    'Write-Output "a `"quote`""\nRestart-Computer',
    'Restart-Computer `\n  -Force',
    'Get-Item x | ForEach-Object { Restart-Computer }',
    'cmd /c "shutdown /r /t 0"',
    "cmd.exe /d /C 'echo done && shutdown.exe -r -t 0'",
    'Install-WindowsFeature X -Restart:$true',
    'Install-WindowsFeature -Name X -Configuration @{ a = 1 } -Restart',
    'powershell -Command "Restart-Computer"',
    'powershell.exe -NoProfile -c "Get-Date; Restart-Computer -Force"',
    'powershell -Command Restart-Computer -Force',
    'powershell "Restart-Computer"',
    'pwsh -Command { Restart-Computer }',
    "Invoke-Expression 'shutdown /r /t 0'",
    'Start-Process shutdown -ArgumentList "/r /t 0" -Wait',
    "Start-Process -Wait -FilePath shutdown.exe -ArgumentList '/r', '/t', '0'",
    "Start-Process shutdown '/r','/t','0'",
    'Restart-Computer -ComputerName localhost',
    'Restart-Computer $env:COMPUTERNAME -Force',
    'Restart-Computer -Timeout 60 -Force',
    'Start-Job { Restart-Computer }',
    'if ($a) { Get-Date } else { Restart-Computer }',
    'try { Get-Date } catch { }\nRestart-Computer',
    '$x = @{ a = "b" }\nRestart-Computer',
    'Write-Output (Get-Date).Year; Restart-Computer',
    'Restart-Computer -WhatIf:$false',
  ])('%j restarts it', (script) => {
    expect(findRestart(script, 'powershell')).toMatchObject({ effect: 'restarts' });
  });

  test.each(['Stop-Computer', 'shutdown /s /t 0', 'shutdown -p'])('%j stops it', (script) => {
    expect(findRestart(script, 'powershell')).toMatchObject({ effect: 'stops' });
  });
});

describe('a PowerShell script that does not restart or stop the computer', () => {
  test.each([
    '# Restart-Computer',
    'Get-Date # then Restart-Computer',
    '<#\nRestart-Computer\n#>',
    'Write-Output Restart-Computer',
    'Write-Output "Restart-Computer"',
    '"Restart-Computer"',
    "@'\nRestart-Computer\n'@ | Set-Content again.ps1",
    '@"\nRestart-Computer\n"@ | Set-Content again.ps1',
    'Get-Help Restart-Computer',
    'function Restart-Computer { }',
    'Restart-Computer -WhatIf',
    'Restart-Computer -ComputerName web1',
    'Restart-Service W32Time',
    'shutdown /a',
    'shutdown /r /m \\\\web1',
    'Install-WindowsFeature -Name Web-Server',
    'Install-WindowsFeature -Name Web-Server -Restart:$false',
    'Start-Process notepad -ArgumentList "shutdown /r"',
    'exit 3010',
    'cmd /c "echo shutdown /r"',
    'cmd /c \'echo "a & shutdown /r"\'',
    'cmd /c "shutdown /a"',
    'Restart-Computer -WhatIf:$true',
    'Install-WindowsFeature X -Restart:$false',
    'Install-WindowsFeature X -ComputerName web1 -Restart',
    'powershell -Command "Write-Output \'a; Restart-Computer\'"',
    'powershell -File restart-computer.ps1',
    'Start-Process notepad "shutdown /r"',
    'Start-Process shutdown /a',
    'Restart-Computer web1',
    'Restart-Computer -Force "web1"',
    'Restart-Computer -ComputerName:web1',
    'Invoke-Command -ComputerName web1 { Restart-Computer }',
    'Invoke-Command -ScriptBlock { Restart-Computer } -ComputerName web1',
    'Register-ScheduledJob -Name later -ScriptBlock { Restart-Computer }',
    '$later = { Restart-Computer }',
    'function Restart-Computer { }\nRestart-Computer',
    'msbuild /p:Mode=shutdown /r',
    'Write-Output "$(Get-Item "a; Restart-Computer")"',
    'switch ($mode) { Restart-Computer { Get-Date } }',
  ])('%j is allowed', (script) => {
    expect(findRestart(script, 'powershell')).toBeUndefined();
  });
});

test('any script can be read', () => {
  const piece = fc.constantFrom(
    ...[
      'reboot',
      ' ',
      '\n',
      "'",
      '"',
      '`',
      '(',
      ')',
      '$(',
      '${',
      '}',
      '\\',
      '#',
      '<<',
      '((',
      '))',
      '[[ ',
      ' ]]',
      '`',
      "$'",
      'EOF',
      ';;',
      '|',
      '&',
    ],
    ...['case', ' in ', 'esac', '=', '@"', '"@', '<#', '#>', '{', '>'],
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }),
      fc.constantFrom('shell' as const, 'powershell' as const),
      (all, language) => {
        findRestart(all.join(''), language);
      },
    ),
  );
  for (const language of ['shell', 'powershell'] as const) {
    for (const text of [
      ...['"', "'", '`', '(', '<<E', '<<E\n', '@"', '<#', 'a=(', 'reboot ', '\\', '((', '$((', '"$(', '[[ '],
      ...['case x in ', "$'", '{', '@{', '=', ';;', '((a', '"$(a'],
    ])
      findRestart(text.repeat(24_000 / text.length), language);
  }
});

describe('a recipe with such a script', () => {
  const problemsOf = (platform: string, step: object) => {
    const checked = checkRecipe(
      {
        name: 'one',
        description: 'A recipe for tests',
        platform,
        base: { imageId: 'ami-0123456789abcdef0' },
        build: { instanceTypes: ['m7i.large'] },
        steps: [{ name: 'first', ...step }],
        regions: ['us-east-1'],
      },
      'recipes/one.yml',
      new Date('2026-11-22T03:00:00Z'),
    );
    return 'problems' in checked ? checked.problems.map(describeProblem) : [];
  };

  test('is refused, and the fix names the exit code for a restart', () => {
    expect(problemsOf('linux', { shell: lines('dnf upgrade -y', 'reboot') })).toEqual([
      expect.stringMatching(
        /steps\[0\]\.shell\n {2}found {4}"reboot", in line 2 of the script, .*\n {2}allowed {2}.*exit 194.*\n {2}fix {6}.*exit 194/,
      ),
    ]);
    expect(problemsOf('windows', { powershell: 'Restart-Computer -Force' })).toEqual([
      expect.stringMatching(
        /found {4}"Restart-Computer -Force", in line 1 of the script, .*\n.*exit 3010.*\n.*exit 3010/,
      ),
    ]);
  });

  test('is refused if the script stops the instance, because the pipeline stops the builder', () => {
    const [problem] = problemsOf('linux', { shell: 'shutdown -h now' });
    expect(problem).toMatch(
      /"shutdown -h now", in line 1 of the script, .*\n.*\n {2}fix {6}remove the command/,
    );
    expect(problem).not.toContain('194');
  });

  test('is allowed with the exit code, and with a document', () => {
    const shell = 'if [ ! -f /var/lib/restarted ]; then touch /var/lib/restarted; exit 194; fi';
    expect(problemsOf('linux', { shell })).toEqual([]);
    expect(problemsOf('linux', { document: 'AWS-ConfigureAWSPackage' })).toEqual([]);
  });

  test('is allowed if another interpreter reads the script', () => {
    const shell = '#!/usr/bin/env python3\nreboot = True';
    expect(problemsOf('linux', { shell })).toEqual([]);
  });
});
