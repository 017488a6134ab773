// Faults that the author of a type may make are planted into the example of a type, several in one; check-type names each
// of them by the claim that is about it, and no other claim. Of all claims that there are, each has its fault here.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {isGivenOut} from '../../lib/operation/check-type/check-type.js';
import {claims as allClaims} from '../../lib/operation/check-type/claims.js';
import {findMarked} from '../helpers/left-over.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('check-type of faults');

type Plant = (text: string) => string;

/** Puts another text in the place of what a verb does. */
const verb =
  (name: string, code: string): Plant =>
  (text) =>
    text.replace(new RegExp(`^  ${name}\\) .*;;`, 'm'), () => `  ${name}) ${code} ;;`);

/** Has `run` do something before it becomes the command. */
const beforeRun =
  (code: string): Plant =>
  (text) =>
    text.replace('exec "$@" ;;', () => `{ ${code}; :; } && exec "$@" ;;`);

/** The same for commands that have this in their words. */
const beforeRunOf = (words: string, code: string): Plant =>
  beforeRun(`case "$*" in *${words}*) ${code} ;; esac`);

/** Has `describe` tell a line more, or a verb. */
const tells =
  (line: string): Plant =>
  (text) =>
    text.replace("    echo 'protocol=1'", () => `    echo 'protocol=1'; echo '${line}'`);

const hasVerbs =
  (names: string, code: string): Plant =>
  (text) =>
    text
      .replace("'verbs=", () => `'verbs=${names} `)
      .replace('  provision)', () => `  ${code}\n  provision)`);

/** A verb that is only half done when crcache is killed beside it, however late anybody comes to see it. */
const halfWay = `sleep 0.2; read -r stat </proc/$$/stat; set -- \${stat##*) }; [ "$2" = "$PPID" ] || sleep 60`;

/** What a verb does before it does anything else. */
const first =
  (name: string, code: string): Plant =>
  (text) =>
    text.replace(`\n  ${name}) `, () => `\n  ${name}) { ${code}; :; } && `);

/** An instance that nobody uses has no lease. */
const isUsed = '[ -e "$CRCACHE_INSTANCE_DIR/lease" ]';

const linking = 'bind) mkdir -p "${3%/*}" && ln -s "$2" "$3" ;;';
const copying = 'bind) mkdir -p "${3%/*}" && cp -a "$2" "$3" ;;';

/** What does not hide one another, by the claims. The names of groups say what they cost. */
const groups: Readonly<Record<string, Readonly<Record<string, Plant>>>> = {
  'all claims': {
    'an argument may hold any bytes': beforeRunOf(`"$(printf '\\377')"`, 'exit 1'),
    'any bytes pass, in and out': beforeRun(`[ "$*" != cat ] || exec tr -d '\\000'`),
    'a command knows its instance': beforeRun('unset CRCACHE_INSTANCE'),
    'signals pass as 128 and their number': beforeRunOf("'kill -'", '"$@" || exit 1'),
    'what is not found is 127': beforeRun('command -v -- "$1" >/dev/null || [ -d "$1" ] || exit 1'),
    'what cannot be executed is 126': beforeRun('[ ! -d "$1" ] || exit 1'),
    'a signal to the client reaches the command': beforeRunOf('got', '"$@"; exit'),
    'a command ends with its client': beforeRunOf("'exec sleep'", '"$@"; exit'),
    'reset ends what runs': beforeRunOf('setsid', 'unset CRCACHE_INCARNATION'),
    'twenty commands run side by side': beforeRunOf(
      '\'echo "$1"\'',
      'exec 9>"$place/lock"; flock -n 9 || exit 1',
    ),
    'with -t a command has a terminal': beforeRun('[ ! -t 2 ] || exec 2>/dev/null'),
    "the terminal has the caller's size": beforeRun('[ ! -t 0 ] || stty rows 24 cols 80'),
    'ctrl-c on the terminal reaches the command': beforeRunOf('interrupted', 'exec setsid -w "$@"'),
    'a reset that was cut off is done by the next one': verb(
      'reset',
      `rm -rf "$place/root"; mv "$place/checkpoint" "$place/root"; ${halfWay}; cp -a "$place/root" "$place/checkpoint"`,
    ),
    // A reset that had come so far it takes for one that is done.
    'what was being taken back when crcache was killed is finished': first(
      'reset',
      `${isUsed} || [ -e "$place/checkpoint" ] || exit 0`,
    ),
    'one that is alive is found so': verb('check', `test -d "$place/root" && ! ${isUsed}`),
    'in the place of one that is gone the next is given out': first('check', `${isUsed} || exit 0`),
    'what was imported to be read only stays as it is': hasVerbs('bind unbind', linking),
    'what was being given out when crcache was killed goes, and imports stay': hasVerbs(
      '',
      'unbind) rm "$3" ;;',
    ),
    'what was changed in a writable import comes back': (text) =>
      first(
        'unbind',
        '[ ! -d "$place/before" ] || { rm -rf "$2"; mv "$place/before" "$2"; }',
      )(first('bind', '[ "$4" = ro ] || cp -a "$2" "$place/before"')(text)),
    'twenty at once are made, used and given back': verb(
      'provision',
      `exec 9>"$CRCACHE_KEY_BASE.lock"; flock -n 9 || exit 1; mkdir -p "$place"; ${halfWay}; mkdir "$place/root"`,
    ),
    // One that is half made it takes for one that is gone, and so one that is half gone.
    'what was being made when crcache was killed goes': verb(
      'discard',
      `[ -d "$place/root" ] || exit 0; rm -rf "$place/root"; ${halfWay}; rm -rf "$place"`,
    ),
    'what was being discarded when crcache was killed goes': (text) => text,
  },
  'quick claims': {
    'sync makes there what is here': beforeRunOf("'exec rm -rf'", 'exit'),
    'a symlink of the instance leads no file astray': beforeRunOf(
      "'rm sub file'",
      'exec "$1" "$2" "rm() { :; }; mkdir() { :; }; $3" sh "$5"',
    ),
    'an archive of the instance leads nowhere outside': beforeRunOf(
      '/inside/archive',
      'exec tar -cf - -T /dev/null',
    ),
    'statuses pass': beforeRunOf('exit', '"$@" || exit 1; exit 0'),
    'reset undoes changes': verb('reset', ''),
    'two instances do not see one another': tells('isolation=root'),
    'what was made is listed': verb('list', ''),
    'discarding what is gone already is fine': verb('discard', 'rm -r "$place"'),
    'what is bound is seen at once, on both sides': hasVerbs('bind unbind', copying),
    'imports are gone after their release, and stay here': hasVerbs('', 'unbind) ;;'),
  },
  'quick claims, and copies': {
    'files go in and come out as they are': beforeRun('ulimit -f 64'),
    'what provision.d did is there after a reset': verb(
      'checkpoint',
      'mkdir -p "$place/checkpoint"',
    ),
    'what others have made is not listed, and left alone': verb(
      'list',
      'ls "$CRCACHE_KEY_BASE" | sed "s/^crcache-[^-]*-/$CRCACHE_STORE/"',
    ),
    'one that is gone is found dead': verb('check', ''),
  },
  'quick claims, where nothing is discarded': {
    'discard leaves nothing that is listed': verb('discard', ''),
    'imports are seen in the instance': hasVerbs('bind unbind', 'bind | unbind) ;;'),
  },
  'quick claims of none': {
    'is given out': verb('provision', 'exit 1'),
  },
  'quick claims without stdin': {
    'stdin arrives, and ends where ours does': beforeRun('exec </dev/null'),
  },
  'quick claims with a greeting': {
    'both outputs arrive, apart': beforeRun('echo Welcome'),
  },
  'quick claims with words joined': {
    'arguments arrive as they are': beforeRun('eval "exec $*"'),
  },
};

test('every claim has a fault', () => {
  const known = [isGivenOut, ...allClaims.map(({words}) => words)];
  const planted = Object.values(groups).flatMap((faults) => Object.keys(faults));
  assert.equal(planted.sort(), known.sort());
});

for (const [name, faults] of Object.entries(groups)) {
  const claims = Object.keys(faults);
  test(`${name}: ${String(claims.length)} faults are named`, {timeLimitMs: 480_000}, async (t) => {
    const example = readFileSync(`${repository}/hooks/types/crcache-source-directory`, 'utf8');
    let text = example;
    for (const [claim, plant] of Object.entries(faults)) {
      const planted = plant(text);
      assert.ok(planted !== text || claim === claims.at(-1), claim);
      text = planted;
    }
    const failing = await failingClaims(t, text, name === 'all claims' ? [] : ['--quick']);
    assert.equal(
      failing.map(({claim}) => claim).sort(),
      [...claims].sort(),
      JSON.stringify(failing),
    );
  });
}

interface Finding {
  readonly claim: string;
  readonly result: string;
  readonly words: string;
}

/** The claims that fail for a type of this text. */
async function failingClaims(
  t: Sandbox,
  text: string,
  words: readonly string[],
): Promise<Finding[]> {
  t.needs('script', 'flock', 'setsid');
  t.write('bin/crcache-source-faulty', text, 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  const config = t.write('its.conf', `base=${t.dir}/base\n`);
  // What a fault keeps from being ended.
  t.atEnd(() => {
    for (const {pid} of findMarked(`HOME=${t.env['HOME'] ?? ''}`)) process.kill(pid, 'SIGKILL');
  });
  const line = ['check-type', '--json', 'faulty', '--config', config, ...words];
  const {stdout} = await t.crcache(line);
  const found = JSON.parse(stdout) as Finding[];
  return found.filter(({result}) => result === 'fails');
}
