// What stands on the far side of a run script, in POSIX sh: the command's parent.

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
