// The way of run scripts whose commands run elsewhere, by a tool that does not say all that a caller must know.
//
// One small sh stays as the tool's parent, and another one as the command's on the far side. What holds by them: words
// arrive byte by byte; a status is the command's own, or 125 where the tool has lost it ('lost' in CRCACHE_RUN_WHY's
// file); a signal reaches the command; and the command ends with its client, also where that is killed: a watcher
// waits on a pipe that only the client holds. The far side needs a POSIX sh, grep and Linux's /proc.

import {farEnd, farFrame, farLongest} from './far/far-side.js';
import {quote} from '../quote.js';
import type {InstanceFacts} from './source.js';

export interface FarTool {
  /**
   * Code of sh that defines two functions, each of which runs $1 as a line of sh on the far side: crcache_far with our
   * streams, and a terminal where $crcache_terminal is 'on'; crcache_aside quickly and with no stdin but ours.
   */
  readonly functions: string;
  /** The statuses by which the tool says that it has failed itself: the far side is asked whose such a one is. */
  readonly ownStatuses: readonly number[];
  /** Where commands start; the far side's home unless given. */
  readonly directory?: string | undefined;
}

/** What marks all that one making of an instance runs on the far side. */
export function farMarkOf({incarnation}: Pick<InstanceFacts, 'incarnation'>): string {
  return `${incarnation}.`;
}

/** The line of the far side that ends all that bears a mark: TERM, a second, KILL. */
export function farEndLine(mark: string): string {
  return `exec sh -c ${quote(farEnd)} sh ${quote(mark)} END`;
}

/** Code for `scriptOnThisMachine`. */
export function farWay(instance: InstanceFacts, tool: FarTool): string {
  return [tool.functions, lineFor(instance, tool), watcher, waitFor(tool)].join('\n\n');
}

/** Makes $crcache_line, the line that the far side reads. */
function lineFor(instance: InstanceFacts, {ownStatuses, directory = ''}: FarTool): string {
  const frame = quote(farFrame(ownStatuses)); // the far side reads it as one word
  return `crcache_mark=${farMarkOf(instance)}$$.
crcache_user=\${CRCACHE_RUN_USER:-} crcache_terminal=\${CRCACHE_RUN_TERMINAL:-off}
unset CRCACHE_RUN_USER CRCACHE_RUN_FAILED CRCACHE_RUN_TERMINAL CRCACHE_RUN_WHY
case \${1:-} in -*) set -- env -- "$@" ;; esac # a shell would take it for an option

# The line that the far side reads; each word between quotes.
crcache_say() {
  for crcache_rest; do
    crcache_word=
    while :; do
      case $crcache_rest in *\\'*) ;; *) break ;; esac
      crcache_word=$crcache_word\${crcache_rest%%\\'*}"'\\\\''"
      crcache_rest=\${crcache_rest#*\\'}
    done
    crcache_line="$crcache_line '$crcache_word$crcache_rest'"
  done
}
crcache_line='exec env -i PATH="$PATH" HOME="$HOME" USER="\${USER:-root}" LOGNAME="\${USER:-root}" SHELL="\${SHELL:-/bin/sh}"'
crcache_say "LANG=\${LANG:-C.UTF-8}" "TERM=\${TERM:-dumb}" "CRCACHE_INSTANCE=$CRCACHE_INSTANCE" \\
  "CRCACHE_INCARNATION=$CRCACHE_INCARNATION" "CRCACHE_LEASE=$CRCACHE_LEASE" "CRCACHE_RUN_MARK=$crcache_mark"
crcache_line="$crcache_line sh -c "${quote(frame)}
crcache_say sh ${quote(directory)} "$crcache_user" "$crcache_failed" "$@"
# A word of a program's can have no more than 128 KiB: a longer line is a file of the far side.
if [ \${#crcache_line} -gt ${String(farLongest)} ]; then
  crcache_word='umask 077; file=$(mktemp) && cat >"$file" && echo "$file"'
  crcache_word=$(printf 'rm -f "$0"\\n%s\\n' "$crcache_line" | crcache_aside "$crcache_word") ||
    crcache_fail "cannot reach '$CRCACHE_INSTANCE'"
  crcache_line="exec sh $crcache_word"
fi`;
}

/** What ends the command where this process is killed. */
const watcher = `# The watcher: the pipe's other end is this process's alone, and it ends without a word where this one is killed.
crcache_pipe=$crcache_here/running/$$.pipe
mkfifo "$crcache_pipe" || crcache_fail "$CRCACHE_INSTANCE is gone"
exec 7<>"$crcache_pipe"
(
  trap '' HUP INT QUIT TERM
  exec 8<"$crcache_pipe" 7>&- </dev/null >/dev/null 2>&1
  rm -f "$crcache_pipe"
  IFS= read -r crcache_word <&8
  [ "$crcache_word" = over ] || crcache_aside ${quote(`exec sh -c ${quote(farEnd)} sh `)}"$crcache_mark END"
) &`;

/** Runs the line, passes signals on, and tells how it ended. */
function waitFor({ownStatuses}: FarTool): string {
  return `crcache_again=
crcache_pass() {
  crcache_again=1
  crcache_aside ${quote(`exec sh -c ${quote(farEnd)} sh `)}"$crcache_mark $1" </dev/null >/dev/null 2>&1 7>&- ||
    kill "$crcache_tool" 2>/dev/null
}
{ command exec 6<&0; } 2>/dev/null || exec 6</dev/null
crcache_far "$crcache_line" <&6 6<&- 7>&- &
crcache_tool=$!
exec 6<&-
for crcache_each in HUP INT QUIT TERM USR1 USR2; do trap "crcache_pass $crcache_each" "$crcache_each"; done
if [ "$crcache_terminal" != on ]; then # the tool tells of these itself
  for crcache_each in WINCH CONT; do trap "crcache_pass $crcache_each" "$crcache_each"; done
fi
wait "$crcache_tool"
crcache_status=$?
while [ -n "$crcache_again" ] && [ "$crcache_status" -gt 128 ] && kill -0 "$crcache_tool" 2>/dev/null; do
  crcache_again=
  wait "$crcache_tool"
  crcache_status=$?
done
case ' ${ownStatuses.join(' ')} ' in *" $crcache_status "*)
  if ! crcache_aside "exec rmdir /tmp/.crcache-$crcache_mark" </dev/null >/dev/null 2>&1 7>&-; then
    echo "crcache: lost the connection to '$CRCACHE_INSTANCE'" >&2
    [ -z "$crcache_why" ] || echo lost >"$crcache_why"
    exit "$crcache_failed"
  fi ;;
esac
echo over >&7
exit "$crcache_status"`;
}
