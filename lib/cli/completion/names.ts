// The part of completion that finds names on the disk, in POSIX sh. In zsh the names of some variables,
// such as `path` and `words`, mean something of their own: they are not used here.

/** Offers values by their kind, programs on the PATH, and the names of types, sources and instances. */
export function renderNames(types: readonly string[]): string {
  return `__crcache_types() {
  for type in ${types.join(' ')}; do __crcache_offer "$type"; done
  __crcache_programs crcache-source-
}

${names}`;
}

const names = `__crcache_offer() {
  case $1 in
    "$current"*) printf '%s\\t%s\\n' "$1" "\${2-}" ;;
  esac
}

__crcache_values() {
  case $1 in
    source) __crcache_sources ;;
    instance) __crcache_instances in-use cached broken ;;
    in-use) __crcache_instances in-use ;;
    type) __crcache_types ;;
    command) __crcache_commands ;;
    verbatim) echo ':verbatim 1' ;;
    file | directory) echo ":$1" ;;
    '='*)
      IFS='|'
      for value in \${1#=}; do __crcache_offer "$value"; done
      ;;
  esac
}

# Offers the names of programs on the PATH, without what they begin with.
__crcache_programs() {
  IFS=:
  for directory in $PATH; do
    for place in "$directory/$1"*; do
      name=\${place##*/"$1"}
      case $place in
        [!/]*) continue ;;
        */crcache-source-*) [ "$1" = crcache-source- ] || continue ;;
        *) ! __crcache_command "$name" || continue ;;
      esac
      if [ -f "$place" ] && [ -x "$place" ]; then __crcache_offer_name "$name" "$place"; fi
    done
  done
}

__crcache_state() {
  state=\${CRCACHE_DIR:-\${XDG_CACHE_HOME:-$HOME/.cache}/crcache}
}

__crcache_sources() {
  __crcache_state
  user=\${CRCACHE_CONFIG:-\${XDG_CONFIG_HOME:-$HOME/.config}/crcache}
  here=$PWD
  while [ -n "$here" ] && [ ! -d "$here/.crcache" ]; do here=\${here%/*}; done
  __crcache_offer_name local
  for place in "$state"/sources/* "$user"/sources/* "$here"/.crcache/sources/* /etc/crcache/sources/*; do
    [ -d "$place" ] && __crcache_offer_name "\${place##*/}"
  done
}

# Offers the instances that are in these states.
__crcache_instances() {
  __crcache_state
  for condition in "$@"; do
    for place in "$state"/sources/*/"$condition"/*; do
      __crcache_offer_name "\${place##*/}"
    done
  done
}

# Offers a name that was found on the disk, once.
__crcache_offer_name() {
  case $1 in
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return ;;
    *-[0-9]*) ;;
    *)
      case $seen in *" $1 "*) return ;; esac
      seen="$seen$1 "
      ;;
  esac
  __crcache_offer "$@"
}
`;
