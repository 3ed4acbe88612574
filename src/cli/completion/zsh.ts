/** The script for zsh. */
import { LAST_POSITION, type Completion, type Context } from './contexts.ts';
import { shellQuote } from './quote.ts';

/** Renders the script; meanings stand beside the words. */
export function zshScript({ program, version, contexts, valueFlags }: Completion): string {
  return `#compdef ${program}
# Completion of ${program} ${version} for zsh.
# For this shell: source <(${program} completion zsh)
# For all: ${program} completion zsh > "\${fpath[1]}/_${program}"

_harvest_bq_words() {
  case $1 in
${contexts.map(branch).join('\n')}
  esac
}

_harvest_bq() {
  local current=\${words[CURRENT]} command='' place='' position=0 skip='' i
  for ((i = 2; i < CURRENT; i++)); do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case \${words[i]} in
      (${valueFlags.join('|')}) skip=1 ;;
      (-*) ;;
      (*) if [[ -z $command ]]; then command=\${words[i]}; else position=$((position + 1)); fi ;;
    esac
  done
  if [[ -n $skip ]]; then place="value $command \${words[CURRENT - 1]}"
  elif [[ $current == --*=* ]]; then place="value $command \${current%%=*}"; compset -P '*='
  elif [[ $current == -* ]]; then place="flags $command"
  elif [[ -z $command ]]; then place=commands
  else place="word $command $((position < ${LAST_POSITION - 1} ? position + 1 : ${LAST_POSITION}))"
  fi
  local -a found suffix
  found=("\${(@f)$(_harvest_bq_words "$place")}")
  case \${found[1]} in
    (:files) _files; return ;;
    (:list) shift found; compset -P '*,'; suffix=(-S '') ;;
    ('') return 1 ;;
  esac
  _describe -V ${shellQuote(program)} found "\${suffix[@]}"
}

if [[ \${funcstack[1]} == _${program} ]]; then
  _harvest_bq "$@"
else
  # sourced, perhaps before completion was switched on
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _harvest_bq ${program}
fi
`;
}

/** \`_describe\` parts a word from its meaning at the first colon that has no backslash. */
function branch({ places, kind, candidates }: Context): string {
  const patterns = places.map((place) => place.split('*').map(shellQuote).join('*')).join('|');
  const head = kind === 'words' ? [] : [`:${kind}`];
  const lines = candidates.map(({ word, meaning }) => {
    const escaped = word.replaceAll(':', String.raw`\:`);
    return meaning === '' ? escaped : `${escaped}:${meaning}`;
  });
  return `    (${patterns})\n      print -rl -- ${[...head, ...lines].map(shellQuote).join(' ')} ;;`;
}
