import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stepsDocument, stepsDocumentBytes } from '../../shared/recipe/steps-document.ts';
import { originalScript, strictScript } from '../../shared/recipe/strict-script.ts';
import { plainRecipe, recipeFile, windowsRecipe } from '../simulated-build.ts';

const folder = mkdtempSync(join(tmpdir(), 'strict-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script as the SSM agent does: written to an executable file, by `sh -c` (amazon-ssm-agent, plugins/runscript). */
function run(script: string, shell = 'sh'): { exitCode: number | null; output: string } {
  const file = join(folder, '_script.sh');
  writeFileSync(file, `${script}\n`, { mode: 0o700 });
  const { status, stdout } = spawnSync(shell, ['-c', file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { exitCode: status, output: stdout };
}

/** The script of a step in the SSM document. */
function published(step: object, recipe = plainRecipe): string {
  const { mainSteps = [] } =
    stepsDocument(recipeFile({ ...recipe, steps: [{ name: 'a step', ...step }] }).recipe)?.content ?? {};
  const [{ inputs }] = mainSteps as [{ inputs: { runCommand: string[] } }];
  return inputs.runCommand.join('\n');
}

// /bin/sh is dash on Debian and Ubuntu, bash on Amazon Linux.
const shells = ['/bin/sh', '/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell));

describe.each(shells)('a shell step, run by %s', (shell) => {
  it.each([
    ['a command that fails', 'echo one\nfalse\necho two'],
    ['an unknown command', 'echo one\nno-such-command 2>/dev/null\necho two'],
    ['an unset variable', 'echo one\necho "$NO_SUCH_VARIABLE" 2>/dev/null\necho two'],
    ['a command that fails inside a block', 'echo one\nif true; then\n  false\nfi\necho two'],
  ])('stops after %s', (_, script) => {
    expect(run(published({ shell: script }), shell)).toEqual({
      exitCode: expect.any(Number),
      output: 'one\n',
    });
    expect(run(published({ shell: script }), shell).exitCode).not.toBe(0);
  });

  it('continues if the script handles the failure', () => {
    const script =
      'false || echo handled\nif ! false; then echo handled too; fi\nunset LANG\necho "unset$(printenv LANG || true)"';
    expect(run(published({ shell: script }), shell)).toEqual({
      exitCode: 0,
      output: 'handled\nhandled too\nunset\n',
    });
  });

  it('does not stop with strict: false, and ends with the exit code of the last command', () => {
    const script = 'false\necho "$NO_SUCH_VARIABLE"\necho two';
    expect(run(published({ shell: script, strict: false }), shell)).toEqual({
      exitCode: 0,
      output: '\ntwo\n',
    });
  });

  it('succeeds if it contains only comments', () => {
    expect(run(published({ shell: '# nothing to do' }), shell)).toEqual({ exitCode: 0, output: '' });
  });
});

describe('a script with an interpreter', () => {
  it.runIf(existsSync('/bin/bash'))(
    'stops if a command in a pipe fails, if the shell supports pipefail',
    () => {
      const script = '#!/bin/bash\necho one\nfalse | cat\necho two';
      expect(run(published({ shell: script }))).toEqual({ exitCode: 1, output: 'one\n' });
      expect(published({ shell: script })).toMatch(/^#!\/bin\/bash\nset -eu\n/);
    },
  );

  it.each([
    '#!/bin/sh',
    '#!/usr/bin/env bash',
    '#!/usr/bin/env -S bash',
    '#! /bin/dash',
    '#!/bin/bash -x',
    '#!/usr/bin/zsh',
  ])('is strict with %s', (shebang) => {
    expect(strictScript('shell', `${shebang}\ntrue`).split('\n').slice(0, 2)).toEqual([shebang, 'set -eu']);
  });

  it.each(['#!/usr/bin/python3', '#!/usr/bin/env perl', '#!/usr/bin/fish', '#!/usr/bin/env -S node --test'])(
    'does not change with %s',
    (shebang) => {
      const script = `${shebang}\nprint("one")`;
      expect(strictScript('shell', script)).toBe(script);
    },
  );

  it('runs with the interpreter', () => {
    const node = `#!${process.execPath}\nconsole.log('one')`;
    expect(run(published({ shell: node }))).toEqual({ exitCode: 0, output: 'one\n' });
  });
});

describe('a PowerShell step', () => {
  const script = "Install-WindowsFeature Web-Server\nmsiexec.exe /i 'a.msi'";

  it('stops at errors and checks the exit codes of programs; the script itself is not changed', () => {
    const text = published({ powershell: script }, windowsRecipe);
    expect(text).toContain("$ErrorActionPreference = 'Stop'");
    expect(text).toContain('if ($global:LASTEXITCODE -and ');
    expect(text.endsWith(`\n# ---------- golden-image ----------\n${script}`)).toBe(true);
  });

  it('does not change with strict: false', () => {
    expect(published({ powershell: script, strict: false }, windowsRecipe)).toBe(script);
  });

  it('contains no added text that SSM or Serverless reads as a variable', () => {
    expect(published({ powershell: 'exit' }, windowsRecipe)).not.toMatch(/\{\{|\$\{/);
  });

  it('contains the marker once', () => {
    const text = published({ powershell: script }, windowsRecipe);
    expect(text.split(/^# -+ golden-image -+\n/m)).toHaveLength(2);
  });
});

describe('the size of the steps document', () => {
  it.each([
    ['shell steps', plainRecipe, [{ shell: 'true\n"ä"' }, { shell: '#!/usr/bin/python3\nprint(1)' }]],
    [
      'PowerShell steps',
      windowsRecipe,
      [{ powershell: 'Get-Item "C:\\"' }, { powershell: 'exit', strict: false }],
    ],
  ])('is the size of its JSON, with %s', (_, base, given) => {
    const steps = given.map((step, index) => ({ ...step, name: `step ${index}` }));
    const { recipe } = recipeFile({ ...base, steps });
    expect(stepsDocumentBytes(recipe, 'steps')).toBe(
      Buffer.byteLength(JSON.stringify(stepsDocument(recipe)?.content)),
    );
  });
});

describe('the original script', () => {
  it.each([
    ['shell', 'set -x\ndnf install -y nginx'],
    ['shell', '#!/bin/bash\ndnf install -y nginx'],
    ['shell', '#!/usr/bin/python3\nprint(1)'],
    ['powershell', 'Get-Item C:\\'],
  ] as const)('of a strict script is found: %s %j', (kind, script) => {
    expect(originalScript(strictScript(kind, script))).toBe(script);
    expect(originalScript(script)).toBe(script);
  });
});

describe('the timeout of a step', () => {
  const timeouts = (steps: object[]) => {
    const { mainSteps = [] } = stepsDocument(recipeFile({ ...plainRecipe, steps }).recipe)?.content ?? {};
    return (mainSteps as { inputs: { timeoutSeconds?: string } }[]).map(
      ({ inputs }) => inputs.timeoutSeconds,
    );
  };

  it('is an hour by default, or timeoutMinutes; a document has its own timeouts', () => {
    expect(
      timeouts([
        { name: 'usual', shell: 'true' },
        { name: 'long', shell: 'true', timeoutMinutes: 240 },
        { name: 'short', shell: 'true', timeoutMinutes: 1 },
        { name: 'theirs', document: 'AWS-ConfigureAWSPackage', parameters: { action: 'Install', name: 'a' } },
      ]),
    ).toEqual(['3600', '14400', '60', undefined]);
  });
});
