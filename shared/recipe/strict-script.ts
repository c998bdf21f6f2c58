/**
 * Makes a script strict: the script stops at the first failure. Otherwise the SSM Agent reports the exit code of the last command of a
 * shell script, and a PowerShell script succeeds even if its programs fail (amazon-ssm-agent, `plugins/runscript`: `sh -c <file>` and
 * `powershell.exe -f <file>`). docs/steps.md defines failures.
 */
export function strictScript(kind: 'shell' | 'powershell', script: string): string {
  return kind === 'powershell' ? `${POWERSHELL_PRELUDE}\n${script}` : strictShellScript(script);
}

/**
 * A text with the size of the strict script in an SSM document. Decide needs only the size, so its bundle does not contain the long part
 * that `strictScript` adds to a PowerShell script.
 */
export const strictScriptStandIn = (kind: 'shell' | 'powershell', script: string): string =>
  kind === 'powershell' ? `${'x'.repeat(POWERSHELL_PRELUDE_BYTES)}\n${script}` : strictShellScript(script);

/** The bytes of the lines that `strictScript` adds to a PowerShell script, as JSON. tests/recipe/strict-script.test.ts compares them. */
const POWERSHELL_PRELUDE_BYTES = 3_031;

function strictShellScript(script: string): string {
  const [shebang = '', ...rest] = script.split('\n');
  if (!shebang.startsWith('#!')) return `${SHELL_PRELUDE}\n${script}`;
  // Another interpreter, such as Python, has its own rules for failures.
  return isForShell(script) ? [shebang, SHELL_PRELUDE, ...rest].join('\n') : script;
}

/** Whether a shell runs the script. The first line can name another interpreter, such as Python. */
export function isForShell(script: string): boolean {
  const [shebang = ''] = script.split('\n', 1);
  return !shebang.startsWith('#!') || SHELL_SHEBANG.test(shebang);
}

/** The script without the lines that `strictScript` added. */
export function originalScript(script: string): string {
  for (const prelude of [SHELL_PRELUDE, POWERSHELL_PRELUDE]) {
    const start = script.startsWith('#!') ? script.indexOf('\n') + 1 : 0;
    if (script.startsWith(`${prelude}\n`, start))
      return script.slice(0, start) + script.slice(start + prelude.length + 1);
  }
  return script;
}

/** Shells that support `set -eu`. */
const SHELL_SHEBANG = /^#!\s*(\S*\/env(\s+-\S+)*\s+)?(\S*\/)?(sh|bash|dash|ash|ksh|mksh|zsh)(\s|$)/;

/** dash, which is /bin/sh on Debian and Ubuntu, supports `pipefail` only in its newest versions. Older versions end the script at `set -o pipefail`. */
const SHELL_PRELUDE = 'set -eu\nif (set -o pipefail) 2>/dev/null; then set -o pipefail; fi';

/**
 * Windows Server has PowerShell 5.1, which has no setting that turns a failed program into an error (PowerShell 7.4 has
 * $PSNativeCommandUseErrorActionPreference). So this part reads the rest of its file, parses the rest with PowerShell's parser, adds a
 * check of $LASTEXITCODE after each statement, and runs the result. A check after each line or only at the end, as in other tools, misses
 * programs in loops, functions and blocks.
 *
 * A statement gets no check if the next statement of the script reads $LASTEXITCODE or $?. If the script handles the exit code, for
 * example in an `if`, the same code must not stop the script inside the `if`. So $GoldenImageKnown contains the code until the reset after
 * the `if`.
 *
 * The guest of the embedded AWS can read this form: no line exits with a number, and each block ends on a separate line. The part is short,
 * because each step contains the part, and all steps are in one document of at most 64 KiB.
 */
const POWERSHELL_PRELUDE = `# Added by golden-image: the script stops at errors, and after programs that fail. "strict: false" leaves this out.
$ErrorActionPreference = 'Stop'
$global:LASTEXITCODE = $global:GoldenImageKnown = 0
$GoldenImageScript = & {
 $text = ([IO.File]::ReadAllText($PSCommandPath) -split '(?m)^# -+ golden-image -+\\r?\\n', 2)[1]
 $tree = [Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$null)
 $reset = '; $global:LASTEXITCODE = $global:GoldenImageKnown = 0'
 $check = 'if ($global:LASTEXITCODE -and $global:LASTEXITCODE -ne $global:GoldenImageKnown) { $goldenImageError = ''Line LINE of the script: a program ended with exit code {0}'' -f $global:LASTEXITCODE' + $reset + '; throw $goldenImageError }'
 $reads = {
  $kind = if ($args[0]) { $args[0].GetType().Name }
  $heads = @($args[0])
  if ($kind -eq 'IfStatementAst') {
   $heads = @($args[0].Clauses.Item1)
  } elseif ($kind -match '^(Switch|While|For|ForEach)StatementAst$') {
   $heads = @($args[0].Condition)
  } elseif ($kind -match '^((Do|Try|Trap|Block|Data).*|.*DefinitionAst)?$') {
   $heads = @()
  }
  $found = foreach ($head in $heads) {
   if ($head) {
    $head.Find({ $args[0].GetType().Name -eq 'VariableExpressionAst' -and $args[0].VariablePath.UserPath -in '?', 'LASTEXITCODE', 'global:LASTEXITCODE' }, $true)
   }
  }
  [bool]$found
 }
 $edits = @(foreach ($block in $tree.FindAll({ $args[0].GetType().Name -in 'StatementBlockAst', 'NamedBlockAst' }, $true)) {
  $list = @($block.Statements)
  $parent = $block.Parent.GetType().Name
  if ($parent -eq 'DataStatementAst') {
   continue
  }
  if ($parent -match '^(If|Switch|While|For|ForEach)StatementAst$' -and (& $reads $block.Parent)) {
   [pscustomobject]@{ At = $block.Extent.StartOffset + 1; Text = ' $global:GoldenImageKnown = $global:LASTEXITCODE;' }
  }
  $next = 0
  foreach ($statement in $list) {
   $next++
   $kind = $statement.GetType().Name
   $after = $list[$next]
   if (-not $after -and $parent -like 'Do*') {
    $after = $block.Parent.Condition
   }
   if (& $reads $after) {
    continue
   }
   $add = ''
   if ($kind -eq 'PipelineAst' -or ($kind -eq 'AssignmentStatementAst' -and -not (& $reads $statement))) {
    $add = '; ' + $check.Replace('LINE', [string]$statement.Extent.StartLineNumber)
   } elseif (& $reads $statement) {
    $add = $reset
   }
   if ($statement.Extent.Text -like '*--%*') {
    $add = $add -replace '^;', [string][char]10
   }
   if ($add) {
    [pscustomobject]@{ At = $statement.Extent.EndOffset; Text = $add }
   }
  }
 })
 foreach ($edit in @($edits | Sort-Object -Property At -Descending)) {
  $text = $text.Insert($edit.At, $edit.Text)
 }
 [scriptblock]::Create($text)
}
. $GoldenImageScript
if ($global:LASTEXITCODE -and $global:LASTEXITCODE -ne $global:GoldenImageKnown) {
 throw ('A program ended with exit code {0}' -f $global:LASTEXITCODE)
}
exit
# ---------- golden-image ----------`;
