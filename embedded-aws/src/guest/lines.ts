import { installedServices } from '../catalog/coverage.ts';
import type { Disk } from '../catalog/disk.ts';
import {
  agentPackage,
  agentVersion,
  kernelFiles,
  kernelVersionOf,
  packageFiles,
  systemOf,
} from '../catalog/packages.ts';
import { pendingUpdates, repositoryAt } from '../catalog/repositories.ts';
import { find } from './find.ts';
import { rebootCode, type State } from './state.ts';
import { filesNamed, type Word, wordsOf } from './words.ts';

/** A command of a script. */
export interface Command {
  readonly text: string;
  /** The words that are known. */
  readonly words: readonly Word[];
  /** Whether the command may or may not run. */
  readonly conditional: boolean;
}

interface Line {
  readonly pattern: RegExp;
  /** An example and its effect, for docs/guest.md. */
  readonly example: string;
  readonly effect: string;
  /** Whether the line counts only outside conditions. */
  readonly unconditional?: true;
  apply(state: State, words: readonly Word[], text: string, match: RegExpExecArray): void;
}

/** A command that empties the file of its redirection. */
export const empties = /^((:|true|cat \/dev\/null|echo -n)\s*>|>)/;

const later = (text: string) => /ScheduledTask|Start-Process|schtasks/i.test(text);

export const lines: readonly Line[] = [
  {
    pattern: /EC2Launch\.exe.*\bsysprep\b(?!.*--shutdown=false).*\s(--shutdown|-s)\b/i,
    example: '& "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe" sysprep --shutdown=true',
    effect:
      'generalises Windows and shuts it down: before the command reports, or after it if a scheduled task or Start-Process does it',
    apply: (state, _words, text) => {
      state.power ??= { to: 'generalised', later: later(text) };
    },
  },
  {
    pattern: /^ExecStop=-?(\/\S*\/)?(?<command>(rm|find)\s.*)$/,
    example: 'ExecStop=-/usr/bin/find /var/lib/amazon/ssm -mindepth 1 -delete',
    effect:
      'in a systemd unit (a here-document): removes files at shutdown; here immediately, because nothing happens in between',
    apply: (state, _words, _text, { groups }) => applyText(state, groups?.command ?? ''),
  },
  {
    pattern: /New-ScheduledTaskAction\b.*\b(?<command>Remove-Item\b[^"]*)/i,
    example:
      'New-ScheduledTaskAction … -Argument \'-Command "Remove-Item … $env:ProgramData\\Amazon\\SSM\\Vault"\'',
    effect:
      'removes files after the command has reported; here immediately, because nothing happens in between',
    apply: (state, _words, _text, { groups }) => applyText(state, groups?.command ?? ''),
  },
  {
    pattern: /^rm\s+(?<flags>(-\S+\s+)*)/,
    example: 'rm -f /etc/ssh/ssh_host_* · rm -rf /tmp/*',
    effect: 'removes files; with -r also the files below them; shell patterns',
    apply: (state, words, _text, { groups }) =>
      remove(state, words.slice(1).filter(isPath), { below: /-\w*r/i.test(groups?.flags ?? '') }),
  },
  {
    pattern: /^(truncate\s+(-s\s*0|--size[= ]0)\s|(:|true|cat \/dev\/null|echo -n)\s*>|>)/,
    example: 'truncate -s 0 /etc/machine-id · : > /var/log/wtmp',
    effect: 'empties files; an empty file counts as missing',
    apply: (state, _words, text) =>
      remove(state, wordsOf(text.replaceAll('>', ' ')).filter(isPath), { below: false }),
  },
  {
    pattern: /^find\s.*(-delete|truncate -s ?0|rm -r?f)/,
    example:
      "find /var/log -type f -name '*.gz' ! -path '/var/log/journal/*' -delete · find … -exec truncate -s 0 {} +",
    effect: 'removes or empties the files below the directories that pass the tests (see below)',
    apply: (state, words) => {
      const { removed } = find(
        state,
        words.slice(1).map(({ text }) => text),
      );
      for (const file of removed) state.files.delete(file);
    },
  },
  {
    pattern: /^(touch|tee)\s/,
    example: 'touch /etc/built · tee /etc/app.conf',
    effect: 'writes files',
    apply: (state, words) => {
      for (const { text } of words.slice(1).filter(isPath)) write(state, text);
    },
  },
  {
    pattern: /^cloud-init\s+clean\b/,
    example: 'cloud-init clean --logs --seed',
    effect:
      "removes cloud-init's state; with --logs its logs, with --seed its seed, with --machine-id the machine-id",
    apply: (state, _words, text) => {
      for (const file of filesNamed(state.files.keys(), { text: '/var/lib/cloud', quoted: false }, true)) {
        if (!file.startsWith('/var/lib/cloud/seed/') || /\s(--seed|-\w*s)/.test(text))
          state.files.delete(file);
      }
      if (/\s(--logs|-\w*l)/.test(text)) {
        remove(state, [{ text: '/var/log/cloud-init*', quoted: false }], { below: false });
      }
      if (text.includes('--machine-id')) state.files.delete('/etc/machine-id');
    },
  },
  {
    pattern: /^(dnf|yum|microdnf|apt|apt-get|snap|rpm|dpkg)\b.*(\s-i|\s-[iU]\w*|\sinstall|\slocalinstall)\s/,
    example: 'dpkg -i amazon-ssm-agent.deb · dnf install -y nginx · snap install amazon-ssm-agent --classic',
    effect: 'installs packages that are in the catalog; the SSM agent also from a file or a URL',
    apply: (state, words) => {
      state.installed = true;
      for (const { text } of words.slice(1)) install(state, text);
    },
  },
  {
    pattern: /^(dnf|yum|microdnf|apt|apt-get|snap)\b.*\s(remove|erase|purge|autoremove)\s/,
    example: 'dnf remove -y nginx · apt-get purge -y linux-image-*',
    effect: 'removes packages; patterns. Without a kernel, the next boot fails',
    apply: (state, words) => {
      for (const { text } of words.slice(1)) uninstall(state, text);
    },
  },
  {
    pattern: /^(dnf|yum|microdnf|apt|apt-get)\b.*\s(upgrade|update|dist-upgrade|full-upgrade)\b/,
    example: 'dnf upgrade -y · apt-get dist-upgrade -y',
    effect: "updates all packages to the repository's versions (`apt-get update`: only the lists)",
    apply: (state, _words, text) => {
      state.installed = true;
      leaveTraces(state);
      if (/^apt(-get)?\b.*\supdate\b/.test(text)) return;
      const { packages, files, rebootPending } = upgraded(diskOf(state), state.at);
      state.updated = Object.keys(packages).some((name) => state.packages.get(name) !== packages[name]);
      for (const [name, version] of Object.entries(packages)) state.packages.set(name, version);
      for (const file of files) state.files.set(file, state.at);
      state.rebootPending = rebootPending;
    },
  },
  {
    pattern: /^(dnf|yum|microdnf|apt|apt-get)\b.*\sclean\b/,
    example: 'dnf clean all · apt-get clean',
    effect: 'removes the package caches',
    apply: (state) =>
      remove(
        state,
        [
          { text: '/var/cache/dnf', quoted: true },
          { text: '/var/cache/apt', quoted: true },
        ],
        {
          below: true,
        },
      ),
  },
  {
    pattern: /^systemctl\s+(?<verb>enable|disable)\b/,
    example: 'systemctl enable --now nginx',
    effect: 'enables or disables a service at system start',
    apply: (state, words, _text, { groups }) => {
      for (const { text } of words.slice(2).filter(({ text }) => !text.startsWith('-'))) {
        const service = text.replace(/\.service$/, '');
        if (groups?.verb === 'enable') state.services.add(service);
        else state.services.delete(service);
      }
    },
  },
  {
    pattern: /^systemctl\s+(start|restart|reload-or-restart)\b/,
    example: 'systemctl start nginx',
    effect: 'starts a service until the end of the script',
    apply: (state, words) => {
      for (const { text } of words.slice(2)) state.started.add(text.replace(/\.service$/, ''));
    },
  },
  {
    pattern:
      /^(systemctl stop|snap stop|service)\s+(snap\.)?amazon-ssm-agent(\S*|\s+stop)$|^Stop-Service\b.*AmazonSSMAgent/i,
    example: 'systemctl stop amazon-ssm-agent',
    effect: 'stops the agent: the command never reports',
    unconditional: true,
    apply: (state) => {
      state.agentStopped = true;
    },
  },
  {
    pattern: /^(Remove-Item|ri|del)\b/i,
    example: 'Remove-Item -Recurse -Force "$env:ProgramData\\Amazon\\SSM\\Logs\\*"',
    effect: 'removes files on Windows; patterns and the usual $env: directories',
    apply: (state, _words, text) =>
      remove(state, wordsOf(withDirectories(text).replaceAll(',', ' ')).filter(isPath).map(unquoted), {
        below: /-Recurse/i.test(text),
      }),
  },
  {
    pattern: /^(wevtutil(\.exe)?\s+(cl|clear-log)|Clear-EventLog)\b|\{\s*wevtutil(\.exe)?\s+cl/i,
    example: 'wevtutil cl System',
    effect: 'clears one of the Windows event logs; all of them if the name is a variable',
    apply: (state, words, text) => {
      const log = text.includes('$') ? '*' : (words.at(-1)?.text ?? '');
      const path = `C:\\Windows\\System32\\winevt\\Logs\\${log}.evtx`;
      remove(state, [{ text: path, quoted: false }], { below: false });
    },
  },
  {
    pattern: /^(reboot|systemctl reboot|shutdown\s+-r|init 6|Restart-Computer|shutdown(\.exe)?\s+\/r)\b/i,
    example: 'reboot · shutdown -r now · Restart-Computer -Force',
    effect: 'reboots before the command reports; after it if shutdown has a delay',
    unconditional: true,
    apply: (state, _words, text) => {
      state.power ??= { to: 'reboot', later: delayed(text) };
    },
  },
  {
    pattern: /^(poweroff|halt|systemctl poweroff|shutdown\b|init 0|Stop-Computer)/i,
    example: 'shutdown -h now · shutdown -h +1 · Stop-Computer -Force',
    effect: 'shuts down before the command reports; after it if shutdown has a delay',
    unconditional: true,
    apply: (state, _words, text) => {
      if (!/\s(-c|\/a)\b/.test(text)) state.power ??= { to: 'off', later: delayed(text) };
    },
  },
  {
    pattern: /^exit\s+(?<code>\d{1,5})\b/i,
    example: 'exit 3 · exit 194',
    effect: 'ends the script with this code; 194 (3010 on Windows) reboots and runs the script again',
    apply: (state, _words, _text, { groups }) => {
      const code = Number(groups?.code);
      state.exitCode = state.disk.platform === 'windows' ? code : code % 256;
    },
  },
];

/** Applies the effect of a command, if the table has a line for it. */
export function apply(state: State, { text, words, conditional }: Command): void {
  for (const line of lines) {
    const match = line.pattern.exec(text);
    if (match === null || (line.unconditional && conditional)) continue;
    const code = /^exit\s+(\d+)/i.exec(text)?.[1];
    const asksForReboot = code === String(rebootCode(state.disk));
    if (code !== undefined && !asksForReboot && conditional) continue;
    if (asksForReboot && state.again) continue;
    line.apply(state, words, text, match);
    return;
  }
}

const applyText = (state: State, text: string) =>
  apply(state, { text, words: wordsOf(text), conditional: false });

/**
 * The packages of a disk after all updates that are available at a time, the new files of the kernel, and whether a
 * reboot is then due.
 */
export function upgraded(disk: Disk, at: number): Pick<Disk, 'packages' | 'files' | 'rebootPending'> {
  const pending = pendingUpdates(disk, at);
  const packages = {
    ...disk.packages,
    ...Object.fromEntries(pending.map(({ name, versions: [newest] }) => [name, newest])),
  };
  return {
    packages,
    files: kernelFiles(disk.os, packages).filter((file) => !disk.files.includes(file)),
    rebootPending: disk.rebootPending || pending.some(({ reboot }) => reboot),
  };
}

function install(state: State, word: string): void {
  if (/amazon-ssm-agent(\S*\.(deb|rpm))?$/.test(word)) {
    if (!state.packages.has(agentPackage)) state.packages.set(agentPackage, agentVersion);
    state.services.add(agentPackage);
    return;
  }
  const known = repositoryAt(state.disk.os, state.at).find(({ name }) => name === word);
  if (known === undefined) return;
  state.packages.set(word, known.versions[0]);
  // Debian and Ubuntu start the services of a package when they install it (Debian policy manual, 9.3.3).
  const service = installedServices[word];
  if (service !== undefined && /^(debian|ubuntu)/.test(state.disk.os)) state.services.add(service);
  const isKernel = word === systemOf(state.disk.os).kernel;
  const files = isKernel ? kernelFiles(state.disk.os, Object.fromEntries(state.packages)) : [];
  for (const file of files) state.files.set(file, state.at);
  leaveTraces(state);
}

/** Removes the packages that a word names. Each version of the kernel is also a package, such as `kernel-6.1.158-180`. */
function uninstall(state: State, text: string): void {
  const isNamed = (name: string) => filesNamed([name], { text, quoted: false }, false).length > 0;
  const { kernel } = systemOf(state.disk.os);
  const isAll = kernel !== undefined && isNamed(kernel);
  for (const file of [...state.files.keys()]) {
    const version = kernelVersionOf(file);
    if (version === undefined) continue;
    if (isAll || isNamed(`kernel-${version}`) || isNamed(`linux-image-${version}`)) state.files.delete(file);
  }
  for (const name of [...state.packages.keys()]) if (isNamed(name)) state.packages.delete(name);
}

/** Writes a file, unless its file system is in memory. */
export function write(state: State, file: string): void {
  if (!/^\/(dev|proc|run|sys)\//.test(file)) state.files.set(file, state.at);
}

function leaveTraces(state: State): void {
  for (const file of traces(state.disk.os)) state.files.set(file, state.at);
}

const traces = (os: string): readonly string[] =>
  os in packageFiles ? packageFiles[os as keyof typeof packageFiles] : [];

export function diskOf(state: State): Disk {
  const { unbootable: _before, ...disk } = state.disk;
  return {
    ...disk,
    ...(isUnbootable(state) && { unbootable: true }),
    files: [...state.files.keys()],
    times: Object.fromEntries(
      [...state.files].flatMap(([file, time]) => (time === undefined ? [] : [[file, time]])),
    ),
    packages: Object.fromEntries(state.packages),
    services: [...state.services],
    rebootPending: state.rebootPending,
  };
}

/** Whether the last kernel was removed. A disk of an older world lists no kernel, and boots. */
function isUnbootable({ disk, files }: State): boolean {
  const hasKernel = (some: Iterable<string>) => [...some].some((file) => kernelVersionOf(file) !== undefined);
  return !hasKernel(files.keys()) && (disk.unbootable === true || hasKernel(disk.files));
}

function remove(state: State, words: readonly Word[], { below }: { below: boolean }): void {
  for (const word of words) {
    for (const file of filesNamed(state.files.keys(), word, below)) state.files.delete(file);
  }
}

const isPath = ({ text }: Word) => /^(\/|[A-Za-z]:\\)/.test(text);

const unquoted = ({ text }: Word): Word => ({ text, quoted: false });

/** `shutdown` with a delay lets the command report first. */
const delayed = (text: string) => /\s(\+[1-9]\d*|\/t\s+[1-9]\d*)\b/.test(text);

export function withDirectories(text: string): string {
  const directories: readonly [RegExp, string][] = [
    [/\$env:ProgramFiles/gi, 'C:\\Program Files'],
    [/\$env:ProgramData/gi, 'C:\\ProgramData'],
    [/\$env:(SystemRoot|windir)/gi, 'C:\\Windows'],
    [/\$env:(TEMP|TMP)\b/gi, 'C:\\Windows\\Temp'],
    [/\$env:SystemDrive/gi, 'C:'],
  ];
  return directories.reduce(
    (path, [variable, directory]) => path.replaceAll(variable, () => directory),
    text,
  );
}
