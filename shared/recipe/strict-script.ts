/**
 * Makes scripts strict: they stop at the first failure. Without this, the SSM agent reports what the last command of a shell script
 * says, and a PowerShell script succeeds whatever its programs return (amazon-ssm-agent, `plugins/runscript`: `sh -c <file>`, and
 * `powershell.exe -f <file>`). docs/steps.md describes what counts as a failure.
 */
export function strictScript(kind: 'shell' | 'powershell', script: string): string {
  if (kind === 'powershell') return `${POWERSHELL_PRELUDE}\n${script}`;
  const [shebang = '', ...rest] = script.split('\n');
  if (!shebang.startsWith('#!')) return `${SHELL_PRELUDE}\n${script}`;
  // Another interpreter, such as Python, has its own ways to fail.
  return SHELL_SHEBANG.test(shebang) ? [shebang, SHELL_PRELUDE, ...rest].join('\n') : script;
}

/** The script as its author wrote it. */
export function originalScript(script: string): string {
  for (const prelude of [SHELL_PRELUDE, POWERSHELL_PRELUDE]) {
    const start = script.startsWith('#!') ? script.indexOf('\n') + 1 : 0;
    if (script.startsWith(`${prelude}\n`, start))
      return script.slice(0, start) + script.slice(start + prelude.length + 1);
  }
  return script;
}

/** Shells that know `set -eu`. */
const SHELL_SHEBANG = /^#!\s*(\S*\/env(\s+-\S+)*\s+)?(\S*\/)?(sh|bash|dash|ash|ksh|mksh|zsh)(\s|$)/;

/** dash, which is /bin/sh on Debian and Ubuntu, knows `pipefail` only in its newest versions, and ends a script that asks for it. */
const SHELL_PRELUDE = 'set -eu\nif (set -o pipefail) 2>/dev/null; then set -o pipefail; fi';

/**
 * Windows Server has PowerShell 5.1, which has no setting that makes a failed program an error (PowerShell 7.4 has
 * $PSNativeCommandUseErrorActionPreference). So this part reads the rest of its own file, parses it with PowerShell's parser, adds a
 * check of $LASTEXITCODE after each statement, and runs the result instead. Checks that are added per line or only at the end, as other
 * tools do, miss programs in loops, functions and blocks.
 *
 * A statement has no check if the script itself looks at $LASTEXITCODE or $? next. What it does about the exit code then, in an `if` say,
 * must not be stopped by that same code: so the code counts as known from there on, until it is reset after the `if`.
 *
 * It has the form that the embedded guest reads: no line ends the script by a number, and blocks end on lines of their own. It is short,
 * since each step has it, and all steps are one document of 64 KiB.
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
