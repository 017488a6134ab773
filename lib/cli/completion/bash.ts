// Completion for bash, 3.2 and later, with or without the package bash-completion.

/** The script for bash, around the engine. */
export function renderBash(engine: string): string {
  return `# Completion of crcache for bash: eval "$(crcache completion bash)"\n\n${engine}\n${adaptor}`;
}

const adaptor = `# bash takes a word apart at each '='; here it is one again.
__crcache_words() {
  words=()
  local position glue=''
  for ((position = 1; position <= COMP_CWORD; position++)); do
    local word=\${COMP_WORDS[position]} last=$((\${#words[@]} - 1))
    if [[ -n $glue || ( $word == = && $last -ge 0 ) ]]; then
      words[last]+=$word
      [[ -z $glue && $word == = ]] && glue=yes || glue=''
    else
      words+=("$word")
    fi
  done
  [[ -n $glue || \${COMP_WORDS[COMP_CWORD]} != = ]] || words+=('')
}

__crcache_ask() {
  shopt -u failglob nullglob dotglob
  set +efu
  IFS=$' \\t\\n'
  __crcache_complete "$@"
}

_crcache() {
  local words word line current prefix=''
  __crcache_words
  current=\${words[\${#words[@]} - 1]}
  # What stands before the value: bash replaces only what comes after the last sign of COMP_WORDBREAKS.
  if [[ $current == --*=* ]]; then
    [[ $COMP_WORDBREAKS == *=* ]] || prefix=\${current%%=*}=
    current=\${current#*=}
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) __crcache_paths -f ;;
      :directory) __crcache_paths -d ;;
      ':verbatim '*) __crcache_program "\${line#* }" ;;
      *) COMPREPLY+=("$prefix\${line%%$'\\t'*}") ;;
    esac
  done < <(__crcache_ask "\${words[@]}")
}

__crcache_paths() {
  local line
  while IFS= read -r line; do
    COMPREPLY+=("$prefix$line")
  done < <(compgen "$1" -- "$current")
  compopt -o filenames 2>/dev/null
}

# The last words are another program's command line.
__crcache_program() {
  if declare -F _command_offset >/dev/null; then
    _command_offset $((COMP_CWORD - $1 + 1))
  elif [[ $1 -eq 1 && $current != */* ]]; then
    COMPREPLY=($(compgen -c -- "$current"))
  else
    __crcache_paths -f
  fi
}

complete -F _crcache crcache
`;
