// What is done at barriers where a job is: POSIX sh, as in job/scripts.ts. Who waits leaves a file `ID.want` in the
// directory `barriers` of its job and reads its fifo `ID.gate`, where a relay writes the answer. The relay reads the fifo
// `told`: who waits wakes it, and so does the end of the job. Whoever writes to a fifo opens it for reading as well, and
// waits for nobody. Each second it looks whether one of them was killed.

/** $1 the barrier, $2 how many, and perhaps --timeout $4. Its status is 0 when all of them are there. */
export const barrier = `#!/bin/sh
fail() { printf "crcache: %s\\n" "$1" >&2; exit "\${2:-1}"; }
timeout=-
name= count=
while [ $# -gt 0 ]; do
  case $1 in
    --timeout) timeout=\${2:-} && shift ;;
    --timeout=*) timeout=\${1#*=} ;;
    *) if [ -z "$name" ]; then name=$1; elif [ -z "$count" ]; then count=$1; else count=-; fi ;;
  esac
  shift
done
case $name in ''|*[!A-Za-z0-9._@-]*) fail "barrier: wants a name of letters, digits and . _ -" 2 ;; esac
# Those that begin together have a barrier of their own: '@' and what makes it so is not for messages.
title=\${name%@*}
case $count in ''|0*|*[!0-9]*) fail "barrier '$title': wants how many are to meet" 2 ;; esac
case $timeout in -) ;; ''|*[!A-Za-z0-9.]*) fail "barrier '$title': '$timeout' is no time" 2 ;; esac
[ -d "\${CRCACHE_BARRIERS:-}" ] || fail "barrier '$title': there are no streams here" 2
me=$CRCACHE_BARRIERS/$$
trap 'rm -f "$me".*' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
rm -f "$me".*
mkfifo "$me.gate" && exec 3<>"$me.gate" || fail "barrier '$title': cannot make a fifo"
printf '%s %s %s %s\\n' "$$" "$name" "$count" "$timeout" >"$me.new" && mv "$me.new" "$me.want" || exit 1
[ ! -p "$CRCACHE_BARRIERS/told" ] || echo want 1<>"$CRCACHE_BARRIERS/told"
read -r word why <&3
case $word in
  # All begin now, however long the disk takes.
  open) trap - EXIT; rm -f "$me".* >/dev/null 2>&1 & exit 0 ;;
  late) fail "barrier '$title': $why" 124 ;;
  *) fail "barrier '$title': $why" ;;
esac
`;

/** Tells a command the barriers of its job, whose directory is $0. */
export const inStreams = `export CRCACHE_BARRIERS="$0/barriers" PATH="$0/bin:$PATH"
case $1 in -*) exec env -- "$@" ;; esac
exec "$@"`;

/** Begins a command when all others do: $1 the barrier, $2 how many they are. */
export const together = `
barrier "$1" "$2" --timeout 60s || exit 125
shift 2
case $1 in -*) exec env -- "$@" ;; esac
exec "$@"
`;

/**
 * $1 the directory of barriers, $2 what tells whether its job runs. Prints 'want ID NAME COUNT TIMEOUT' and 'gone ID', and
 * reads 'ID ANSWER'. Ends with the job, or when nobody asks any more: who waits is told then.
 */
export const relay = (isRunning: string): string => `${isRunning}
dir=$1
mkdir -p -- "$dir" || exit 1
[ -p "$dir/told" ] || mkfifo "$dir/told" || exit 1
exec 4<>"$dir/told"
lives() { # PID: and is no zombie, whose parent may be slow to ask for it
  kill -0 "$1" || return
  [ -e /proc/self/stat ] || return 0
  read -r stat <"/proc/$1/stat" || return
  case \${stat##*) } in [ZX]*) return 1 ;; esac
} 2>/dev/null
known() { for sent in "$dir"/*.sent; do [ -e "$sent" ] && mv "$sent" "\${sent%.sent}.want"; done; }
known 2>/dev/null
watch() {
  ended=
  while :; do
    for file in "$dir"/*.want "$dir"/*.sent; do
      id=\${file##*/} id=\${id%.*}
      case $file in
        *'*'*) continue ;;
        *.want)
          { read -r pid rest <"$file" && mv "$file" "$dir/$id.sent"; } 2>/dev/null || continue
          echo "want $id $rest" ;;
        *) lives "$id" || { rm -f "$file" "$dir/$id.gate"; echo "gone $id"; } ;;
      esac
    done
    [ -z "$ended" ] || { echo ended; exit; }
    running "$2" || { ended=yes; continue; } # who died before that is told first
    lives "$$" || exit # the relay was killed, and nobody hears of this
    read -r _ <&4
  done
}
tick() { # PID: wakes it for as long as it and the relay live
  trap 'kill "$!"; exit' TERM
  while lives "$1" && lives "$$"; do sleep 1 & wait "$!"; echo tick >&4; done
  echo tick >&4 # the last one may have come before its end
} 2>/dev/null
exec 3<&0
watch "$@" <&- 3<&- &
watching=$!
tick "$watching" <&- >&- 3<&- &
ticking=$!
answer() { [ ! -p "$dir/$1.gate" ] || echo "$2" 1<>"$dir/$1.gate"; }
while read -r id said <&3; do answer "$id" "$said"; done
kill "$watching" "$ticking" 2>/dev/null
for file in "$dir"/*.want "$dir"/*.sent; do
  [ -e "$file" ] || continue
  id=\${file##*/}
  answer "\${id%.*}" 'broken the streams have ended'
done
`;
