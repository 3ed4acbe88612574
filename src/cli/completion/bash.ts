/** The script for bash 3.2 and newer. */
import { LAST_POSITION, type Completion, type Context } from './contexts.ts';
import { shellQuote } from './quote.ts';

/** Renders the script. Words come without their meanings, for which bash has no place. */
export function bashScript({ program, version, contexts, valueFlags }: Completion): string {
  return `# Completion of ${program} ${version} for bash.
# For this shell: eval "$(${program} completion bash)"      For all: put that line into ~/.bashrc

_harvest_bq_words() {
  case $1 in
${contexts.map(branch).join('\n')}
  esac
}

_harvest_bq() {
  # taken from the line, since bash also parts words at : and =
  local line=\${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n'
  local -a words
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  local last=$((\${#words[@]} - 1)) command='' place='' position=0 skip='' i
  local current=\${words[$last]}
  for ((i = 1; i < last; i++)); do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case \${words[$i]} in
      ${valueFlags.join('|')}) skip=1 ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=\${words[$i]}; else position=$((position + 1)); fi ;;
    esac
  done
  if [[ -n $skip ]]; then place="value $command \${words[$((last - 1))]}"
  elif [[ $current == --*=* ]]; then place="value $command \${current%%=*}"; current=\${current#*=}
  elif [[ $current == -* ]]; then place="flags $command"
  elif [[ -z $command ]]; then place=commands
  else place="word $command $((position < ${LAST_POSITION - 1} ? position + 1 : ${LAST_POSITION}))"
  fi
  local found begun=''
  found=$(_harvest_bq_words "$place")
  IFS=$'\\n'
  case $found in
    :files)
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$current"))
      return ;;
    :list*)
      compopt -o nospace 2>/dev/null
      found=\${found#:list}
      case $current in *,*) begun=\${current%,*}, ;; esac ;;
  esac
  COMPREPLY=($(compgen -P "$begun" -W "$found" -- "\${current#"$begun"}"))
  # what stands before a colon is not replaced
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before=\${current%"\${current##*:}"}
    for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do COMPREPLY[$i]=\${COMPREPLY[$i]#"$before"}; done
  fi
}

complete -F _harvest_bq ${program}
`;
}

function branch({ places, kind, candidates }: Context): string {
  const patterns = places.map((place) => place.split('*').map(shellQuote).join('*')).join('|');
  const head = kind === 'words' ? [] : [`:${kind}`];
  const words = [...head, ...candidates.map(({ word }) => word)].map(shellQuote).join(' ');
  return `    ${patterns})\n      printf '%s\\n' ${words} ;;`;
}
