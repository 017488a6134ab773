// What it costs to make an instance and destroy it, and to reset one, beside the same steps by hand in sh.
//
// Both are timed without a start of node: that is what acquire and release cost, in lifecycle.ts. Each begins after a
// rest. To put a process into a control group takes 0.1 ms within 15 ms of another one that was put into one, and a grace
// period of the kernel's, 8 to 16 ms, after that: where the two followed each other closely, either one had that for
// nothing from the other, depending on how far apart their first programs were.

import {destroy} from '../../lib/operation/destroy.js';
import {resetByName} from '../../lib/operation/reset.js';
import {warm} from '../../lib/operation/warm.js';
import {setTimeout as pause} from 'node:timers/promises';
import {Sandbox, Skip} from '../helpers/sandbox.js';
import {chrootName} from '../helpers/schroot.js';
import {kinds, prepareKind} from '../lib/source/contract/kinds.js';
import {runsUnlessGiven, wallTimeOf, type Row, type Topic} from './measure.js';
import {quietCache} from './quiet-cache.js';

/** Functions of sh; in its environment are GOLDEN, a tree, and CHROOT, a name that schroot knows. */
const byHand: Readonly<Record<string, string>> = {
  chroot: `
make() {
  mkdir -p at/root at/upper at/work
  cd at
  env -i PATH="$PATH" unshare --mount --propagation slave sh -c '
    setsid sh -c "while :; do sleep 1000000 & wait \\$!; done" </dev/null >/dev/null 2>&1 &
    echo $! >holder
    mount -t overlay overlay -o lowerdir="$0",upperdir=upper,workdir=work root
    cd root
    mount --rbind /proc proc
    mount --rbind /sys sys
    mount -t tmpfs -o mode=755,size=64k tmpfs dev
    mkdir dev/pts dev/shm
    cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev
    mount --rbind /dev/pts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    ln -s pts/ptmx /proc/self/fd dev
    for each in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/\${each%:*} dev/\${each#*:}; done' "$GOLDEN"
  cd ..
}
gone() {
  read -r pid <at/holder
  pkill -KILL --ns "$pid" --nslist mnt # whatever else runs there
  # One that nobody has buried yet is dead all the same.
  while read -r stat <"/proc/$pid/stat"; do case $stat in *") Z "*) break ;; esac; done 2>/dev/null
}
destroy() { gone; rm -rf --one-file-system at; }
reset() { gone; rm -rf --one-file-system at/upper at/work; make; }`,
  lxc: `
make() {
  mkdir -p boxes/box/root boxes/box/upper boxes/box/work
  cat >boxes/box/config <<END
lxc.include = /usr/share/lxc/config/common.conf
lxc.uts.name = box
lxc.net.0.type = empty
lxc.init.cmd = /bin/sleep 1000000
lxc.rootfs.path = overlay:$GOLDEN:$PWD/boxes/box/upper
END
  lxc-start -P "$PWD/boxes" -n box && lxc-info -P "$PWD/boxes" -n box --pid --no-humanize
}
gone() { lxc-stop -P "$PWD/boxes" -n box --kill; }
destroy() { gone; rm -rf boxes; }
reset() { gone; rm -rf boxes/box/upper boxes/box/work; make; }`,
  schroot: `
begin() { schroot -q -b -c "$CHROOT" -n by-hand; }
make() { begin && schroot -q --location -c session:by-hand; }
destroy() { schroot -q -e -c session:by-hand; }
reset() { destroy; begin; }`,
};
for (const engine of ['docker', 'podman'] as const) {
  Object.assign(byHand, {
    [engine]: `
make() {
  ${engine} run --detach --name by-hand --network none --entrypoint sleep golden 1000000 &&
    ${engine} inspect --format '{{.State.Pid}}' by-hand
}
destroy() { ${engine} rm --force --volumes ${engine === 'podman' ? '--time 0 ' : ''}by-hand; }
reset() { destroy; make; }`,
  });
}

export const provisioning: Topic = {
  name: 'provisioning',
  async rows(t) {
    const rows: Row[] = [];
    for (const name of Object.keys(byHand)) rows.push(...(await rowsOf(t, name)));
    return rows;
  },
};

const rounds = Math.min(15, runsUnlessGiven(15));

/** Longer than any grace period. */
const restMs = 60;

/** The rows of a kind; none where what it needs is missing. */
async function rowsOf(t: Sandbox, name: string): Promise<Row[]> {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`kinds.ts has no kind '${name}'`);
  const own = new Sandbox();
  t.atEnd(async () => {
    await own.end();
    await own.remove();
  });
  try {
    await prepareKind(own, kind);
  } catch (error) {
    if (error instanceof Skip) return [];
    throw error;
  }
  own.env['GOLDEN'] = `${own.dir}/golden`;
  own.env['CHROOT'] = chrootName;
  const cache = quietCache(own);
  const source = cache.source(kind.source);
  let made: readonly string[] = [];
  const make = async (): Promise<void> => {
    made = await warm(cache, source, 1);
  };
  const end = (): Promise<void> => destroy(cache, {names: made, isForced: false});
  const sh = (verb: string): (() => number) =>
    wallTimeOf(own, ['sh', '-c', `${byHand[name] ?? ''}\n${verb}`]);
  const row = (what: string, cost: number): Row => ({
    what: `${what}: ${name}`,
    against: 'the same by hand in sh',
    bound: 1.3,
    runs: 1,
    cost: () => cost,
    otherCost: () => 1,
  });
  const cycle = await inTurns(async () => {
    await make();
    await end();
  }, sh('make && destroy'));
  await make();
  sh('make')();
  const reset = await inTurns(() => resetByName(cache, made), sh('reset'));
  await end();
  sh('destroy')();
  return [row('provision and discard', cycle), row('reset', reset)];
}

/** The median ratio of both, after a round that does not count. */
async function inTurns(act: () => Promise<void>, byHandMs: () => number): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    await pause(restMs);
    const start = performance.now();
    await act();
    const elapsedMs = performance.now() - start;
    await pause(restMs);
    ratios.push(elapsedMs / byHandMs());
  }
  return ratios.slice(1).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}
