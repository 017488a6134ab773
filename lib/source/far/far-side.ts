// What stands on the far side of a run script, in POSIX sh: the command's parent, and what finds and ends commands.

/** The longest line that is handed to a tool as one word, in characters; one may have four bytes. */
export const farLongest = 30_000;

/**
 * The command's parent. Its words: where to start, the user to become, the status of our own failures, the command. A
 * status that the tool has for itself is noted in a directory before it is given: the client asks for it.
 */
export function farFrame(ownStatuses: readonly number[]): string {
  return `directory=$1 user=$2 failed=$3
shift 3
fail() { echo "crcache: $1" >&2; exit "$failed"; }
if [ -n "$directory" ]; then cd -- "$directory" || fail "cannot enter directory '$directory'"; else cd; fi
if [ -n "$user" ]; then
  line=$(grep "^$user:" /etc/passwd) || fail "there is no user '$user'"
  IFS=: read -r user line uid gid line home shell <<END
$line
END
  if [ "$(id -u)" = 0 ]; then
    set -- env HOME="$home" USER="$user" LOGNAME="$user" SHELL="$shell" setpriv --reuid="$uid" --regid="$gid" --init-groups -- "$@"
  elif [ "$(id -u)" != "$uid" ]; then
    sudo -n -u "$user" -- true || fail "cannot become user '$user'"
    set -- sudo -n -u "$user" -- "$@"
  fi
fi
trap : HUP INT QUIT TERM
exec 9>&2 2>/dev/null # where a shell tells of a signal
(exec "$@" 2>&9 9>&-)
status=$?
case ' ${ownStatuses.join(' ')} ' in *" $status "*) mkdir -m 700 "/tmp/.crcache-$CRCACHE_RUN_MARK" ;; esac
exit "$status"`;
}

/** Sends a signal to the commands that bear a mark; END ends them, and all that they have started. */
export const farEnd = `mark=$1 signal=$2
look() {
  marked=' ' pairs=
  for file in $(grep -lsFe "CRCACHE_RUN_MARK=$mark" /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    marked="$marked\${file%/environ} "
  done
  for file in /proc/[0-9]*/stat; do
    { read -r line <"$file"; } 2>/dev/null || continue
    pid=\${file#/proc/} pid=\${pid%/stat}
    set -- \${line##*) }
    [ "$1" = Z ] || pairs="$pairs $pid:$2"
  done
}
look
if [ "$signal" != END ]; then
  for pair in $pairs; do
    case $marked in *" \${pair%:*} "*) ;; *) continue ;; esac
    case $marked in *" \${pair#*:} "*) continue ;; esac
    # The command's parent: the first of those that bear the mark.
    for child in $pairs; do [ "\${child#*:}" != "\${pair%:*}" ] || kill -s "$signal" "\${child%:*}"; done
  done
  exit 0
fi
family() {
  look
  before=
  while [ "$before" != "$marked" ]; do
    before=$marked
    for pair in $pairs; do
      case $marked in *" \${pair%:*} "*) continue ;; *" \${pair#*:} "*) marked="$marked\${pair%:*} " ;; esac
    done
  done
}
family
for pid in $marked; do kill -s TERM "$pid" 2>/dev/null; done
for round in 1 2 3 4 5; do
  family
  [ "$marked" != ' ' ] || exit 0
  sleep 0.2
done
for round in 1 2 3; do
  family
  [ "$marked" != ' ' ] || exit 0
  for pid in $marked; do kill -s KILL "$pid" 2>/dev/null; done
  sleep 0.1
done
family
[ "$marked" = ' ' ]
`;
