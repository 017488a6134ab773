// How a command gets into an allocation: by srun, as a step of its own that shares all that the allocation has.
//
// srun passes statuses on, but says 0, too, where a node has failed; so a command's 0 travels as another status. It holds
// back what ends in no line end, unless the command writes to a terminal; so one stands there, with a cat before it. It
// prints reports of its own, and leaves its task behind where it is killed: what is missing comes from far-script.ts.

import {farWay} from '../far-script.js';
import {openPipe, pipeInInstance} from '../pipe.js';
import {quote} from '../../quote.js';
import {scriptAround} from '../run-script.js';
import {jobOf} from './allocation.js';
import {bare} from './ask.js';
import type {SlurmInstance} from './keys.js';

/** The status by which a command's 0 goes. */
const successAs = 100;

/** The status of srun's own failures. */
const ownFailure = 255;

/** What srun may end with by itself: what a signal makes of it, and the last byte of Slurm's numbers of errors. */
const ownStatuses = [0, ...Array.from({length: 128}, (_, index) => 128 + index)];

export function slurmScript(instance: SlurmInstance): string {
  const {settings} = instance;
  const way = farWay(instance, {
    functions: functionsOf(instance),
    ownStatuses,
    successAs,
    directory: settings.cwd,
    settings: settings.env,
    keepsEnvironment: true, // that of a step: which devices it has, and how to start more
  });
  return scriptAround(instance, way);
}

function functionsOf(instance: SlurmInstance): string {
  const job = jobOf(instance);
  const seconds = String(instance.settings.slurm_timeout);
  const srun = stepWords(instance).map(quote).join(' ');
  const clean = `${bare} SLURM_EXIT_ERROR=${String(ownFailure)}`;
  const ask = `${bare} timeout ${seconds}`;
  return `crcache_far() {
  if [ "$crcache_terminal" = on ]; then LC_ALL=C exec ${clean} ${srun} --pty --job-name="$crcache_mark" /bin/sh -c ${quote(onNode)} sh "$1"; fi
  # srun goes on where nobody reads what it prints: a cat tells of it. All that stands beside srun waits for it.
  trap : HUP INT QUIT TERM
  ${openPipe({from: 4, to: 5, ...pipeInInstance})}
  {
    trap '' HUP INT QUIT TERM
    LC_ALL=C cat <&4 2>/dev/null 4<&- && exit
    crcache_signal "$crcache_mark" END </dev/null >/dev/null 2>&1 4<&-
    exit 141
  } 5>&- &
  crcache_teller=$!
  exec 4<&-
  LC_ALL=C ${clean} $crcache_apart ${srun} --unbuffered --job-name="$crcache_mark" /bin/sh -c ${quote(relayed)} sh "$1" >&5 5>&-
  crcache_status=$?
  exec 5>&-
  while wait "$crcache_teller"; crcache_word=$?; [ "$crcache_word" -gt 128 ] && kill -0 "$crcache_teller" 2>/dev/null; do :; done
  [ "$crcache_word" = 0 ] || crcache_status=141 # nobody reads what srun prints
  exit "$crcache_status"
}
crcache_aside() { ${clean} timeout ${seconds} ${srun} /bin/sh -c ${quote(onNode)} sh "$1"; }
crcache_signal() {
  crcache_far_signal "$@" && return
  [ "$2" != END ] || set -- "$1" KILL # where no step can be started: the controller knows the command's
  ${ask} squeue --noheader --steps --jobs=${job} --format='%i %j' | while read -r crcache_step crcache_word; do
    [ "$crcache_word" != "$1" ] || ${ask} scancel --signal="\${2#typed-}" "$crcache_step"
  done
}
crcache_tell_lost() {
  crcache_word=$(${ask} squeue --noheader --states=all --jobs=${job} --format='%T %r' 2>&1) ||
    case $crcache_word in *'Invalid job id'*) crcache_word=gone ;; *) crcache_word=silent ;; esac
  case $crcache_word in
    silent) crcache_word='the controller of Slurm does not answer' ;;
    *NODE_FAIL* | *NodeDown*) crcache_word="node '${nodeOf(instance)}' has failed" ;;
    *TIMEOUT* | *TimeLimit*) crcache_word='the time of its allocation is over' ;;
    RUNNING*) crcache_word="node '${nodeOf(instance)}' does not answer" ;;
    *) crcache_word='its allocation was ended' ;;
  esac
  echo "crcache: lost '$CRCACHE_INSTANCE': $crcache_word" >&2
}`;
}

/** How srun begins, with a sh on the node to follow. */
export function stepWords(instance: SlurmInstance): string[] {
  const {job, cores} = {job: jobOf(instance), cores: instance.handle['cores'] ?? '1'};
  return [
    ...['srun', '-QQ', `--jobid=${job}`, '--overlap', '--nodes=1', '--ntasks=1', '--relative=0'],
    ...[`--cpus-per-task=${cores}`, '--mem=0', '--mpi=none', '--export=NONE', '--chdir=/'],
  ];
}

export function nodeOf({handle}: SlurmInstance): string {
  return handle['node'] ?? '';
}

/** Runs $1 on the node, where a task finds neither a PATH nor a home. Whose it is it need not ask. */
const begin = `unset SLURM_JWT SLURM_EXIT_ERROR
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ crcache_name=$SLURM_JOB_USER
case $SLURM_JOB_USER in '' | *[!A-Za-z0-9._-]*) ;; *) eval "HOME=~$SLURM_JOB_USER" ;; esac
export PATH HOME`;

export const onNode = `${begin}
eval "$1"`;

export const relayed = `${begin}
${openPipe({from: 4, to: 5, name: '/tmp/.crcache-pipe.$$', orElse: `exit ${String(ownFailure)}`})}
cat <&4 5>&- &
exec 4<&-
(eval "$1") >&5 5>&-
status=$?
exec 5>&-
wait
exit "$status"`;
