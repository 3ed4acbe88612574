/** The script for Windows PowerShell 5 and PowerShell 7. */
import { LAST_POSITION, type Completion, type Context } from './contexts.ts';
import { powerShellQuote } from './quote.ts';

/** Renders the script; meanings are the tool tips. */
export function powerShellScript({ program, version, contexts, valueFlags }: Completion): string {
  return `# Completion of ${program} ${version} for PowerShell.
# For this shell: ${program} completion powershell | Out-String | Invoke-Expression
# For all: put that line into the file that $PROFILE names

Register-ArgumentCompleter -Native -CommandName ${powerShellQuote(program)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $contexts = @(
${contexts.map(entry).join('\n')}
    )
    $valueFlags = @(${valueFlags.map(powerShellQuote).join(', ')})
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $current = $wordToComplete
    $command = ''
    $position = 1
    $skip = ''
    foreach ($word in ($words | Select-Object -Skip 1)) {
        if ($skip) { $skip = ''; continue }
        if ($valueFlags -ccontains $word) { $skip = $word }
        elseif ($word -notlike '-*') {
            if ($command) { $position = ${LAST_POSITION} } else { $command = $word }
        }
    }
    $begun = ''
    $place = "word $command $position"
    if ($skip) { $place = "value $command $skip" }
    elseif ($current -like '--*=*') {
        $flag, $current = $current -split '=', 2
        $place = "value $command $flag"
        $begun = "$flag="
    }
    elseif ($current -like '-*') { $place = "flags $command" }
    elseif (-not $command) { $place = 'commands' }
    $context = $contexts | Where-Object { $_.Places | Where-Object { $place -clike $_ } } | Select-Object -First 1
    if (-not $context -or $context.Kind -eq 'files') { return }
    if ($context.Kind -eq 'list' -and $current.Contains(',')) {
        $cut = $current.LastIndexOf(',') + 1
        $begun += $current.Substring(0, $cut)
        $current = $current.Substring($cut)
    }
    for ($i = 0; $i -lt $context.Words.Count; $i += 2) {
        $word = $context.Words[$i]
        if (-not $word.StartsWith($current)) { continue }
        $meaning = $context.Words[$i + 1]
        if (-not $meaning) { $meaning = $word }
        [System.Management.Automation.CompletionResult]::new("$begun$word", $word, 'ParameterValue', $meaning)
    }
}
`;
}

function entry({ places, kind, candidates }: Context): string {
  const words = candidates.flatMap(({ word, meaning }) => [word, meaning]).map(powerShellQuote);
  const named = places.map(powerShellQuote);
  return `        @{ Places = @(${named.join(', ')}); Kind = '${kind}'; Words = @(${words.join(', ')}) }`;
}
