// How commands are found by what stands in their environment, and ended, in POSIX sh: here, or on the far side of a way.

import {watcherKey} from '../processes.js';

/**
 * Sends a signal to the commands that have this setting in their environment, or one that begins so; END ends them, and
 * all that they have started: TERM, a second, KILL.
 */
export const endMarked = `mark=$1 signal=$2
look() {
  marked=' ' pairs= key=
  for file in $(grep -lsFe "$mark" /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    marked="$marked\${file%/environ} "
  done
  for word in $(grep -HsE '^(State|PPid):' /proc/[0-9]*/status); do
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
    # The command's parent: the first of those that bear the mark.
    for child in $pairs; do [ "\${child#*:}" != "\${pair%:*}" ] || kill -s "$signal" "\${child%:*}"; done
  done
  exit 0
fi
family() {
  look
  watchers=' ' before=
  for file in $(grep -lsFe ${watcherKey}=1 /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    watchers="$watchers\${file%/environ} "
  done
  while [ "$before" != "$marked" ]; do
    before=$marked
    for pair in $pairs; do
      case $marked$watchers in *" \${pair%:*} "*) continue ;; *" \${pair#*:} "*) marked="$marked\${pair%:*} " ;; esac
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
