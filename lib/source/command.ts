// Instances made by command lines of source.conf: whatever a user's lines of sh can make, run in and destroy.
//
// Each line is run by `sh -c` with what lib/source/by-programs.ts tells a verb. In run_command, %{instance},
// %{source}, %{id} and %{NAME} for each fact that provision_command printed stand for their values.

import {CrcacheError} from '../errors.js';
import {choice, count, flag, KeyProblem, required, shellWords, text, type Key} from '../keys.js';
import {quote} from '../quote.js';
import {byPrograms, type Settings, type Verb} from './by-programs.js';
import type {InstanceFacts} from './source.js';

function line(summary: string): Key<string | undefined> {
  const key = text(summary, undefined, 'COMMAND');
  return {
    ...key,
    parse(given) {
      const [braced, name] = /%\{(id|instance|source)\}/.exec(given) ?? [];
      if (braced === undefined || name === undefined) return key.parse(given);
      const variable = `"$CRCACHE_${name.toUpperCase()}"`;
      throw new KeyProblem(
        `${variable} in the place of '${braced}', which run_command alone knows`,
      );
    },
  };
}

export const command = byPrograms({
  name: 'command',
  summary: 'whatever command lines of source.conf make',
  keys: {
    provision_command: line('makes an instance; what it prints as lines KEY=VALUE is kept'),
    run_command: required(
      shellWords('runs the words after it in an instance, as in: nsenter -t %{pid} -a'),
    ),
    check_command: line('succeeds if an instance is there and usable; without it, all are'),
    checkpoint_command: line('notes how an instance is, for reset_command'),
    end_command: line('ends all that runs in an instance'),
    reset_command: line('brings an instance back to how checkpoint_command found it'),
    discard_command: line('destroys an instance; one that is gone already is fine'),
    list_command: line('prints the $CRCACHE_ID of each instance that exists, a line each'),
    park_command: line('sends an instance to rest while it is cached; resume_command wakes it'),
    resume_command: line('wakes an instance before it is used; one that is awake already is fine'),
    reboot_command: line('starts an instance anew, with its files as they are'),
    probe_command: line(
      'prints how many cores a command in an instance can use, if it has its machine to itself',
    ),
    bind_command: line('makes directory $1 visible in an instance as $2; $3 is ro, rw or overlay'),
    unbind_command: line('undoes bind_command'),
    places: count('how many instances there are, where they are not made but found', 0),
    backing: text('the source whose instances its own stand on', undefined, 'SOURCE'),
    leaves_backing: flag('whether provision_command does nothing in what instances stand on'),
    isolation: choice(
      'what an instance has of its own',
      ['none', 'process', 'root', 'machine'],
      'none',
    ),
    shares_files: flag(
      'whether the files of this machine are in an instance, under the same paths',
    ),
    root: flag('whether commands in an instance run as root'),
    survives_reboot: flag('whether an instance outlives a reboot of this machine'),
  },
  capabilities: (settings) => ({
    isolation: settings['isolation'] as 'none',
    sharesFiles: settings['shares_files'] === true,
    reset: settings['reset_command'] !== undefined,
    survivesReboot: settings['survives_reboot'] === true,
    imports: settings['bind_command'] === undefined ? 'copy' : 'bind',
    root: settings['root'] === true,
    network: 'shared',
    reboot: settings['reboot_command'] !== undefined,
    park: settings['park_command'] !== undefined && settings['resume_command'] !== undefined,
  }),
  places: ({places}: Settings) => (places === 0 ? undefined : (places as number)),
  leavesBelow: (settings) => settings['leaves_backing'] === true,
  callFor: (verb, settings) => {
    const code = lineFor(verb, settings);
    return code === undefined ? undefined : ['sh', '-c', code, 'sh'];
  },
  runPrefix: (facts) => fillIn(String(facts.settings['run_command']), facts),
});

function lineFor(verb: Verb, settings: Settings): string | undefined {
  const code = settings[`${verb}_command`];
  return typeof code === 'string' ? code : undefined;
}

/** A command line with the values of an instance in it, as words of sh. */
export function fillIn(
  code: string,
  {name, handle}: Pick<InstanceFacts, 'name' | 'handle'>,
): string {
  const facts: Readonly<Record<string, string>> = {
    ...handle,
    instance: name,
    source: name.slice(0, name.lastIndexOf('-')),
  };
  return code.replaceAll(/%\{([^}]*)\}/g, (_, key: string) => {
    const value = facts[key];
    if (value !== undefined) return quote(value);
    throw new CrcacheError(
      'failed',
      `'%{${key}}' in a command line means nothing: provision_command did not print '${key}=…'`,
      `known are: ${Object.keys(facts).join(', ')}`,
    );
  });
}
