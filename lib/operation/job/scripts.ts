// What is done where a job is: POSIX sh that runs in its instance or, where the instance's files are those of this
// machine, right here. A job is a directory of plain files; these scripts are the only ones that write them there.
//
// A job's processes are found by the mark in their environment and by their ancestors, so that none escapes by a
// session of its own or by clearing its environment. Where there is no /proc they are found by their group alone.

import {bearers, signalling} from '../../end-processes.js';

/** Defined in front of every script that looks at processes. */
const processes = `
field() { # NAME PID: sets value to a field of /proc/PID/stat; the program's name may hold anything
  value=
  read -r line <"/proc/$2/stat" || return 1
  set -- "$1" \${line##*) }
  case $1 in
    parent) value=$3 ;;
    start) if [ "$2" != Z ] && [ "$2" != X ]; then value=\${21}; fi ;;
  esac
} 2>/dev/null
alive() { # DIRECTORY: whether the job's first process lives; sets leader
  leader=
  { read -r leader start <"$1/pid"; } 2>/dev/null || return 1
  if [ ! -e /proc/self/stat ]; then kill -0 "$leader" 2>/dev/null; return; fi
  field start "$leader"
  [ -n "$value" ] && [ "$value" = "$start" ]
}
nap() { sleep 0.05 2>/dev/null || sleep 1; }
`;

/**
 * $1 the directory, below the home, for who has one, where it is no whole path; $2 the mark, $3 what the first process runs, $4 the
 * program by which it waits at barriers, if there are any; then NAME=PATH for each output, '--', and the command. Prints
 * the directory.
 */
export const startJob = `
dir=$1 mark=$2 supervising=$3 barrier=$4 mask=$(umask)
shift 4
umask 077
case $dir in
  /*) ;;
  *) if [ -w "\${HOME:-}" ]; then dir=$HOME/$dir; else dir=$(mktemp -d /tmp/crcache-job.XXXXXX) || exit 125; fi ;;
esac
mkdir -p -- "$dir/output" || exit 125
: >"$dir/outputs"
while [ "$1" != -- ]; do printf '%s\\n' "$1" >>"$dir/outputs"; shift; done
shift
[ -e "$dir/cwd" ] || pwd >"$dir/cwd"
if [ -n "$barrier" ]; then
  mkdir -p -- "$dir/bin" "$dir/barriers" || exit 125
  printf '%s' "$barrier" >"$dir/bin/barrier" && chmod 700 "$dir/bin/barrier" || exit 125
  export CRCACHE_BARRIERS="$dir/barriers" PATH="$dir/bin:$PATH"
fi
export CRCACHE_JOB="$mark"
# It is none of those that end with the command that starts it.
unset CRCACHE_RUN_ID
begin() {
  exec 9>&1 </dev/null >/dev/null 2>&1
  # A shell's own '&' would have the command ignore INT and QUIT.
  if setsid -f true; then setsid -f sh -c "$supervising" "$dir" "$mask" "$@"
  elif command -v setsid; then setsid sh -c "$supervising" "$dir" "$mask" "$@" &
  else sh -c "$supervising" "$dir" "$mask" "$@" &
  fi
}
# The substitution ends when the job has written its pid and closes the pipe.
begun=$(begin "$@")
[ -s "$dir/pid" ] || exit 125
printf '%s\\n' "$dir"
`;

/** The job's first process: it outlives the client, and writes how the command ended. $0 is the directory. */
export const supervising = `
trap : HUP INT QUIT TERM
# Has its place on the disk before the command may fill that.
echo 0 >"$0/exit.new"
mask=$1
shift
line=
start=0
if { read -r line </proc/$$/stat; } 2>/dev/null; then
  start=$(set -f; set -- \${line##*) }; echo "\${20}")
fi
date -u +%Y-%m-%dT%H:%M:%SZ >"$0/started"
printf '%s %s\\n' "$$" "$start" >"$0/pid.new" && mv "$0/pid.new" "$0/pid"
exec 9>&-
(
  umask "$mask"
  case $1 in -*) exec env -- "$@" ;; esac
  exec "$@"
) >"$0/stdout" 2>"$0/stderr"
status=$?
: >"$0/ended" # what it starts from here on is none of those that are to end: it is not forked before that can be seen
date -u +%Y-%m-%dT%H:%M:%SZ >"$0/ended"
[ ! -s "$0/outputs" ] || cd -- "$(cat "$0/cwd")"
while IFS= read -r output; do
  kept=$0/output/\${output%%=*}
  # A part of a file is not to pass for the whole.
  cp -R -- "\${output#*=}" "$kept" 2>>"$0/stderr" || [ -d "$kept" ] || rm -f -- "$kept"
done <"$0/outputs"
echo "$status" 1<>"$0/exit.new" && mv "$0/exit.new" "$0/exit"
[ ! -p "$0/barriers/told" ] || echo ended 1<>"$0/barriers/told"
`;

/** Prints, for each directory that is given, a line: the directory, state, status and end. */
export const tellStates = `${processes}
for dir; do
  # Looked at in this order: a job that ends in between is told as ended.
  if alive "$dir"; then state=running; else state=lost; fi
  if [ -e "$dir/exit" ]; then
    read -r status <"$dir/exit"; read -r ended <"$dir/ended"
    echo "$dir ended $status $ended"
  else
    echo "$dir $state"
  fi
done
`;

/** Defines whether a job runs, for who looks after its barriers. */
export const whileJobRuns = `${processes}
running() { [ ! -e "$1/exit" ] && alive "$1"; }
`;

/** Ends when the job has: prints its status, or 'lost'. */
export const waitForEnd = `${processes}
until [ -e "$1/exit" ]; do
  if ! alive "$1" && [ ! -e "$1/exit" ]; then echo lost; exit; fi
  nap
done
cat "$1/exit"
`;

/** The status of printOutput where there is no such file. */
export const unreadable = 66;

/** Prints the file $2 of the job; with $3, also what it gets until the job has ended. */
export const printOutput = `${processes}
[ -r "$1/$2" ] || exit ${String(unreadable)}
exec 3<"$1/$2" || exit 125
while :; do
  ended=\${3:+running}
  if [ -e "$1/exit" ] || ! alive "$1"; then ended=; fi
  cat <&3 || { [ $? -eq 141 ]; exit; } # who has read enough closes the pipe
  [ -n "$ended" ] || exit 0
  nap
done
`;

/** $1 the directory, $2 the mark, $3 the signal, $4 tenths of a second until KILL, or '' for the signal alone. */
export const killJob = `${processes}${signalling}${bearers}
dir=$1 mark=$2
family() { # sets found to all that have the mark, and what descends from them
  found=" "
  if [ ! -e /proc/self/stat ]; then alive "$dir" && found=" -$leader "; return; fi
  for path in $([ -z "$mark" ] || bearers "CRCACHE_JOB=$mark"); do
    path=\${path#/proc/} found="$found\${path%/environ} "
  done
  if alive "$dir"; then found="$found$leader "; fi
  # All at once: a shell reads byte by byte. What it says of one is looked at again, for a name may hold a line.
  table=$(cat /proc/[0-9]*/stat 2>/dev/null)
  IFS='
'
  set -f
  set -- $table
  set +f
  unset IFS
  grown=1
  while [ -n "$grown" ]; do
    grown=
    for each; do
      pid=\${each%% *} parent=\${each##*) } parent=\${parent#? } parent=\${parent%% *}
      case $found in *" $pid "*) continue ;; *" $parent "*) ;; *) continue ;; esac
      if field parent "$pid" && [ "$value" = "$parent" ]; then found="$found$pid " grown=1; fi
    done
  done
}
awake() { # PID: whether it is no zombie
  if [ ! -e /proc/self/stat ]; then return; fi
  field start "$1"
  [ -n "$value" ]
}
living() { # sets lives to those that live, but for the one that writes how it ended
  family
  lives=
  alive "$dir" || leader=
  for pid in $found; do
    if [ "$pid" != "$$" ] && [ "$pid" != "$leader" ] && awake "$pid"; then lives="$lives $pid"; fi
  done
}
known() { # whether one of those lives that were found last: it takes long to look at all processes
  [ -e /proc/self/stat ] || return 1
  for pid in $lives; do awake "$pid" && return; done
  return 1
}
living
[ -z "$lives" ] || signal "$3" $lives
[ -n "$4" ] || exit 0
left=$4
while { [ "$left" -gt 0 ] && known; } || living; [ -n "$lives" ] || alive "$dir"; do
  if [ "$left" -le 0 ]; then
    [ -z "$lives" ] || signal KILL $lives
    [ "$left" -gt -100 ] || { echo $lives; exit 1; }
  fi
  left=$((left - 1))
  sleep 0.1 2>/dev/null || { sleep 1; left=$((left - 9)); }
done
exit 0
`;
