// How commands are found by what stands in their environment, and ended, in POSIX sh: here, or on the far side of a way.

import {bearers} from '../end-processes.js';
import {watcherKey} from '../processes.js';

/**
 * Sends a signal to the commands that have this setting in their environment, or one that begins so, and one that is
 * typed, as typed-INT, to all of a command's group; END ends them, and all that they have started: TERM, a second, KILL.
 * It has no single quote: it is to be a word within words, and a shell is slow to quote.
 */
export const endMarked = `mark=$1 signal=\${2#typed-}
${bearers}
look() {
  marked=" " pairs= key=
  for file in $(bearers "$mark"); do
    file=\${file#/proc/}
    marked="$marked\${file%/environ} "
  done
  for word in $(grep -HsE "^(State|PPid):" /proc/[0-9]*/status); do
    case $word:$key in
      /proc/*:State:*) key=state ;;
      /proc/*:PPid:*) key=parent pid=\${word#/proc/} ;;
      *:state) state=$word key= ;;
      *:parent) [ "$state" = Z ] || pairs="$pairs \${pid%%/*}:$word" ;;
    esac
  done
}
look
if [ "$signal" != END ]; then
  for pair in $pairs; do
    case $marked in *" \${pair%:*} "*) ;; *) continue ;; esac
    case $marked in *" \${pair#*:} "*) continue ;; esac
    # The parent of the command: the first of those that bear the mark. It traps URG, which is nothing to any other.
    case $signal in HUP | INT | QUIT | TERM) kill -s URG "\${pair%:*}" ;; esac
    [ "$signal" = "$2" ] || ! kill -s "$signal" -- "-\${pair%:*}" 2>/dev/null || continue
    for child in $pairs; do [ "\${child#*:}" != "\${pair%:*}" ] || kill -s "$signal" "\${child%:*}"; done
  done
  exit 0
fi
family() {
  look
  watchers=" " before=
  for file in $(bearers ${watcherKey}=1); do
    file=\${file#/proc/}
    watchers="$watchers\${file%/environ} "
  done
  while [ "$before" != "$marked" ]; do
    before=$marked
    for pair in $pairs; do
      case $marked$watchers in *" \${pair%:*} "*) continue ;; esac
      case $marked in *" \${pair#*:} "*) marked="$marked\${pair%:*} " ;; esac
    done
  done
}
# One that has lost its parent and is about to become another program has no environment yet: it hides from a single look.
gone() {
  family
  [ "$marked" = " " ] || return
  family
  [ "$marked" = " " ]
}
family
for pid in $marked; do kill -s TERM "$pid" 2>/dev/null; done
for round in 1 2 3 4 5; do
  gone && exit
  sleep 0.2
done
for round in 1 2 3 4 5 6 7 8 9 10; do
  gone && exit
  # What is stopped first starts nothing more when those that it waits for end.
  for signal in STOP KILL; do
    for pid in $marked; do kill -s "$signal" "$pid" 2>/dev/null; done
  done
  sleep 0.1
done
gone && exit
echo "process\${marked% } does not go" >&2
exit 1
`;
