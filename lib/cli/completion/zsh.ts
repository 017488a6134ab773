// Completion for zsh, as a file _crcache in $fpath or evaluated after compinit.

/** The script for zsh, around the engine. */
export function renderZsh(engine: string): string {
  return `#compdef crcache
# Completion of crcache for zsh: eval "$(crcache completion zsh)"

${engine}
__crcache_ask() {
  emulate -L sh
  __crcache_complete "$@"
}

_crcache() {
  local line
  local -a before offers
  before=("\${(@Q)words[2,CURRENT-1]}")
  for line in "\${(@f)$(__crcache_ask "\${before[@]}" "\${(Q)PREFIX}")}"; do
    case $line in
      '') ;;
      :file)
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files
        return
        ;;
      :directory)
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files -/
        return
        ;;
      ':verbatim '*)
        words=("\${(@)words[CURRENT - \${line#* } + 1,-1]}")
        CURRENT=\${line#* }
        _normal
        return
        ;;
      *) offers+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  [[ $PREFIX == --*=* ]] && compset -P '*='
  _describe crcache offers
}

if [[ $funcstack[1] == _crcache ]]; then
  _crcache "$@"
else
  compdef _crcache crcache
fi
`;
}
