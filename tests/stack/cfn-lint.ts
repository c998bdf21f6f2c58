import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A test that lints a template, if cfn-lint is installed. */
export const itPassesCfnLint = (file: string, args: readonly string[] = []): void =>
  it('passes cfn-lint', ({ skip }) => {
    const installed = spawnSync('cfn-lint', ['--version']).status === 0;
    if (!installed) skip('cfn-lint is not installed (pip install cfn-lint): the template was not linted');
    expect(spawnSync('cfn-lint', [...args, '--template', file], { encoding: 'utf8' })).toMatchObject({
      stdout: '',
      status: 0,
    });
  });
