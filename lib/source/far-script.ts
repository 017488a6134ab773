// The way of run scripts whose commands run elsewhere, by a tool that does not say all that a caller must know.
//
// One small sh stays as the tool's parent, and another one as the command's on the far side. What holds by them: words
// arrive byte by byte; a status is the command's own, or 125 where the tool has lost it ('lost' in CRCACHE_RUN_WHY's
// file); a signal reaches the command; and the command ends with its client, also where that is killed: a watcher
// waits on a pipe that only the client holds. The far side needs a POSIX sh, grep and Linux's /proc.
//
// Who ends a run script with all that belongs to it leaves the watcher out, as any other, and waits for it by its
// CRCACHE_RUN_WATCHER, which is the script's CRCACHE_RUN_ID (lib/operation/supervise.ts).

import {endMarked} from './end-marked.js';
import {farFrame, farLongest, findEntry, onNote, swapSuccess} from './far/far-side.js';
import {openPipe, pipeInInstance} from './pipe.js';
import {marks, wayKey} from '../processes.js';
import {quote} from '../quote.js';
import type {InstanceFacts} from './source.js';
import {watcherApart} from './watcher.js';

export interface FarTool {
  /**
   * Code of sh that defines two functions, each of which runs $1 as a line of sh on the far side: crcache_far with our
   * streams, by $crcache_apart where that is set, and a terminal where $crcache_terminal is 'on'; crcache_aside quickly
   * and with no stdin but ours. The former best calls programs of the system's with LC_ALL=C: for a locale they read a
   * dozen files before they do anything. It may define anew, too, what is made of those: crcache_signal, by which what bears mark
   * $1 gets signal $2 (as end-marked.ts has it), crcache_was_told, whether the command itself ended with a status of the
   * tool's, and crcache_tell_lost, which tells that it did not.
   */
  readonly functions: string;
  /** The statuses by which the tool says that it has failed itself: the far side is asked whose such a one is. */
  readonly ownStatuses: readonly number[];
  /** The status by which a command's 0 goes, and 0 that one, where the tool says 0 though it has failed. */
  readonly successAs?: number;
  /** Where commands start; the far side's home unless given. */
  readonly directory?: string | undefined;
  /** Variables that commands find, each NAME=VALUE. */
  readonly settings?: readonly string[];
  /** Whether commands find what the far side has in its environment; unless given, only what they need of it. */
  readonly keepsEnvironment?: boolean;
  /**
   * Given, the tool sets what commands find in their environment, each setting after this option of its: crcache_far is
   * handed no line, but words for the tool, which end in what it is to run.
   */
  readonly settingOption?: string;
  /** Code that the far side begins with, where what is to be said of its environment is the tool's to know. */
  readonly arrival?: string;
  /** Whether a terminal of a command's is one that the tool has made for it, and nobody else's. */
  readonly makesTerminal?: boolean;
  /**
   * Given, the tool becomes $crcache_user itself: code that fails where there is no such user. It sets $crcache_become to
   * one that the far side is to become, for the tool would not do all of it.
   */
  readonly userCheck?: string;
}

/** What marks all that one making of an instance runs on the far side. */
export function farMarkOf({incarnation}: Pick<InstanceFacts, 'incarnation'>): string {
  return `${incarnation}.`;
}

/** The line of the far side that ends all that bears a mark: TERM, a second, KILL. */
export function farEndLine(mark: string): string {
  const end = `sh -c ${quote(endMarked)} sh ${quote(`CRCACHE_RUN_MARK=${mark}`)} END`;
  // Whose client was killed with its watcher has noted its status for nobody.
  return `${end}; status=$?; ${onNote('rmdir', `${mark}*`)}; exit "$status"`;
}

/** Code for `scriptOnThisMachine`. */
export function farWay(instance: InstanceFacts, tool: FarTool): string {
  const functions = `${reaching}\n${tool.functions}`;
  return [
    functions,
    lineFor(instance, tool),
    watcherApart(`${functions}\n${afterDeath}`),
    waitFor(tool),
  ].join('\n\n');
}

const reaching = `# Adds words to $crcache_line, each between quotes.
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
crcache_end=${quote(endMarked)}
crcache_far_signal() {
  crcache_line='exec sh -c'
  crcache_say "$crcache_end" sh "CRCACHE_RUN_MARK=$1" "$2"
  crcache_aside "$crcache_line"
}
crcache_signal() { crcache_far_signal "$@"; }
crcache_was_told() { crcache_aside "${onNote('rmdir', '$crcache_mark')}"; }
${findEntry}
crcache_tell_lost() { echo "crcache: lost the connection to '$CRCACHE_INSTANCE'" >&2; }`;

/** Makes $crcache_line, the line that the far side reads, or the words of a tool that takes them as they are. */
function lineFor(instance: InstanceFacts, tool: FarTool): string {
  const {userCheck, settingOption} = tool;
  return `crcache_mark=${farMarkOf(instance)}$$.
crcache_user=\${CRCACHE_RUN_USER:-} crcache_terminal=\${CRCACHE_RUN_TERMINAL:-off}
crcache_watched=\${CRCACHE_RUN_WATCHED:-} crcache_become=${userCheck === undefined ? '$crcache_user' : ''}
unset CRCACHE_RUN_USER CRCACHE_RUN_FAILED CRCACHE_RUN_TERMINAL CRCACHE_RUN_WATCHED CRCACHE_RUN_WHY
${userCheck === undefined ? '' : `[ -z "$crcache_user" ] || ${userCheck} || crcache_fail "there is no user '$crcache_user'"`}
case \${1:-} in -*) set -- env -- "$@" ;; esac # a shell would take it for an option

${settingOption === undefined ? asLine(tool) : asWords(tool, settingOption)}`;
}

/** What commands find besides what the far side or the tool has, as words of sh. */
const usualSettings = [
  '"LANG=${LANG:-C.UTF-8}"',
  '"TERM=${TERM:-dumb}"',
  '"CRCACHE_INSTANCE=$CRCACHE_INSTANCE"',
  '"CRCACHE_INCARNATION=$CRCACHE_INCARNATION"',
  '"CRCACHE_LEASE=$CRCACHE_LEASE"',
  '"CRCACHE_RUN_MARK=$crcache_mark"',
];

/** What the command's parent is called with, as words of sh: its name, what ends the marked, where to start, as whom. */
function calledWith({directory = ''}: FarTool): string {
  return `sh "$crcache_end" ${quote(directory)} "$crcache_become" "$crcache_failed" "$@"`;
}

function asWords(tool: FarTool, option: string): string {
  const words = [...usualSettings, ...(tool.settings ?? []).map(quote)];
  const settings = words.map((each) => `${option} ${each}`);
  return `set -- ${settings.join(' ')} -- /bin/sh -c ${quote(farFrame(tool))} ${calledWith(tool)}`;
}

function asLine(tool: FarTool): string {
  const frame = quote(farFrame(tool)); // the far side reads it as one word
  return `# The line that the far side reads.
${tool.keepsEnvironment === true ? keptEnvironment(tool) : cleanEnvironment(tool)}
crcache_line="$crcache_line /bin/sh -c "${quote(frame)}
crcache_say ${calledWith(tool)}
# A word of a program's can have no more than 128 KiB: a longer line is a file of the far side.
if [ \${#crcache_line} -gt ${String(farLongest)} ]; then
  crcache_word='umask 077; file=$(mktemp) && cat >"$file" && echo "$file"'
  crcache_word=$(printf 'rm -f "$0"\\n%s\\n' "$crcache_line" | crcache_aside "$crcache_word") ||
    crcache_fail "cannot reach '$CRCACHE_INSTANCE'"
  crcache_line="exec sh $crcache_word"
fi
set -- "$crcache_line"`;
}

function cleanEnvironment({settings = []}: FarTool): string {
  const own =
    'PATH="$PATH" HOME="$HOME" USER="${USER:-root}" LOGNAME="${USER:-root}" SHELL="${SHELL:-/bin/sh}"';
  return `crcache_line=${quote(`exec env -i ${own}`)}
crcache_say ${[...usualSettings, ...settings.map(quote)].join(' ')}`;
}

/** No variable of a shell's own, some of which are not to be changed. */
const plainName =
  /^(?!(?:_|IFS|PS\d|.*PWD|.*UID|PPID|OPT.*|LINENO|BASH.*|SHELLOPTS|.*RANDOM|SECONDS|EPOCH.*)=)[A-Za-z_]\w*=/;

/** What a user sets may be a variable that a shell does not have set: then env does it, which takes a start of its own. */
function keptEnvironment({settings = []}: FarTool): string {
  const user = 'USER="$crcache_name" LOGNAME="$crcache_name" SHELL="${SHELL:-/bin/sh}"';
  const begin = `[ -n "\${crcache_name:-}" ] || crcache_name=$(id -un 2>/dev/null)
unset ${wayKey}
export ${user}`;
  const own = settings.map(quote);
  const isPlain = settings.every((each) => plainName.test(each));
  return `crcache_line=${quote(begin)}
crcache_say ${[...usualSettings, ...(isPlain ? own : [])].join(' ')}
crcache_line="$crcache_line
${isPlain ? 'exec' : 'exec env'}"
crcache_say ${isPlain ? '' : own.join(' ')}`;
}

/** What the watcher does where this process is killed. */
const afterDeath = 'crcache_signal "$crcache_mark" END; crcache_was_told';

/** Has the tool run apart, unless the command is to have a terminal by it. */
const settingApart = `# In a session of its own: a signal to all of the client's processes is the command's, and would end the tool before.
crcache_apart= crcache_typist=
[ "$crcache_terminal" = on ] || ! command -v setsid >/dev/null || crcache_apart=setsid
if [ -n "$crcache_apart" ] && [ -t 0 ]; then
  # From there it would read what is typed for others, too, after Ctrl-Z: it is handed what is typed for this process.
  ${openPipe({from: 4, to: 5, ...pipeInInstance})}
  { trap '' TTIN; LC_ALL=C exec cat <&6 >&5 2>/dev/null 4<&- 5>&- 6<&- 7>&-; } &
  crcache_typist=$!
  exec 6<&4 4<&- 5>&-
fi`;

/** Runs the line, passes signals on, and tells how it ended. What has ended by itself is said to be over. */
function waitFor(tool: FarTool): string {
  const {ownStatuses} = tool;
  return `crcache_again= crcache_ending=
crcache_pass() {
  crcache_again=1
  case $1 in HUP | INT | QUIT | TERM) crcache_ending=1 ;; esac
  case $crcache_typist:$1 in ?*:INT | ?*:QUIT) set -- "typed-$1" ;; esac
  # In the background: dash forgets a signal that comes while a trap waits for something.
  { crcache_signal "$crcache_mark" "$1" || kill "$crcache_tool"; } </dev/null >/dev/null 2>&1 7>&- &
}
{ command exec 6<&0; } 2>/dev/null || exec 6</dev/null
${settingApart}
# The tool leaves nothing behind that bears the marks of this run: a connection may be there for others.
{ unset ${marks.join(' ')}; export ${wayKey}=1; crcache_far "$@"; } <&6 6<&- 7>&- &
crcache_tool=$!
exec 6<&-
for crcache_each in USR1 USR2; do trap "crcache_pass $crcache_each" "$crcache_each"; done
if [ -z "$crcache_watched" ]; then # else they end this process, and the watcher all that it has started
  for crcache_each in HUP INT QUIT TERM; do trap "crcache_pass $crcache_each" "$crcache_each"; done
fi
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
[ -z "$crcache_typist" ] || kill "$crcache_typist" 2>/dev/null
case ' ${ownStatuses.join(' ')} ' in *" $crcache_status "*)
  if ! crcache_was_told </dev/null >/dev/null 2>&1 7>&-; then
    [ "$crcache_status" != 141 ] || exit 141 # nobody reads what the tool writes
    crcache_tell_lost
    [ -z "$crcache_why" ] || echo lost >"$crcache_why"
    exit "$crcache_failed"
  fi ;;
esac
${swapSuccess(tool, 'crcache_status')}
# Whose parent is gone is to end all: what it was told reached the command and nothing else.
if [ -n "$crcache_ending" ] && { read -r crcache_word </proc/$$/stat; } 2>/dev/null; then
  crcache_word=\${crcache_word##*) ? }
  [ "\${crcache_word%% *}" = "$PPID" ] || crcache_ending=2
fi
# A tool that was ended itself may say that all is well.
case $crcache_status:$crcache_ending in 0:1 | *:2) ;; *) echo over >&7 ;; esac
exit "$crcache_status"`;
}
