/** The script for fish 3 and newer. */
import { LAST_POSITION, type Completion, type Context } from './contexts.ts';
import { fishQuote } from './quote.ts';

/** Renders the script; meanings stand beside the words. */
export function fishScript({ program, version, contexts, valueFlags }: Completion): string {
  return `# Completion of ${program} ${version} for fish.
# For this shell: ${program} completion fish | source
# For all: ${program} completion fish > ~/.config/fish/completions/${program}.fish

function __harvest_bq_words
    switch $argv[1]
${contexts.map(branch).join('\n')}
    end
end

function __harvest_bq
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l command ''
    set -l position 1
    set -l skip ''
    for word in $words[2..-1]
        if test -n "$skip"
            set skip ''
            continue
        end
        switch $word
            case ${valueFlags.join(' ')}
                set skip $word
            case '-*'
            case '*'
                if test -z "$command"
                    set command $word
                else
                    set position ${LAST_POSITION}
                end
        end
    end
    set -l place "word $command $position"
    set -l begun ''
    if test -n "$skip"
        set place "value $command $skip"
    else if string match -q -- '--*=*' $current
        set -l parts (string split -m 1 = -- $current)
        set place "value $command $parts[1]"
        set begun "$parts[1]="
        set current "$parts[2]"
    else if string match -q -- '-*' $current
        set place "flags $command"
    else if test -z "$command"
        set place commands
    end
    set -l found (__harvest_bq_words $place)
    if test "$found[1]" = :files
        __fish_complete_path $current
        return
    end
    if test "$found[1]" = :list
        set -e found[1]
        if string match -q '*,*' -- $current
            set begun $begun(string replace -r '[^,]*$' '' -- $current)
        end
    end
    for line in $found
        echo $begun$line
    end
end

complete -c ${program} -f -a '(__harvest_bq)'
`;
}

function branch({ places, kind, candidates }: Context): string {
  const head = kind === 'words' ? [] : [`:${kind}`];
  const lines = [...head.map((word) => ({ word, meaning: '' })), ...candidates];
  const words = lines.map(({ word, meaning }) => {
    return meaning === '' ? fishQuote(word) : `${fishQuote(word)}\\t${fishQuote(meaning)}`;
  });
  return `        case ${places.map(fishQuote).join(' ')}\n            printf '%s\\n' ${words.join(' ')}`;
}
