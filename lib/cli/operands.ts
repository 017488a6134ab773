// Operands that several commands have.

import {CrcacheError} from '../errors.js';
import {isSourceName} from '../instance.js';
import type {CommandTable, Operand} from './command.js';
import {wholeNumber, type Arguments} from './parse.js';

export const instanceCount: Operand = {
  name: 'COUNT',
  optional: true,
  summary: 'how many instances; 1 unless given',
};

/** What may follow --wait only behind a =. */
const timeSpan = /^[0-9.]+(ms|s|m|h|d)$/;

/** What the operand above says; a name in its place is that of a source, as crcache with takes it there. */
export function readInstanceCount({name}: CommandTable, args: Arguments): number {
  const [word] = args.operands;
  if (word === undefined) return 1;
  const isTime = args.has('wait') && timeSpan.test(word);
  if (!isTime && !isSourceName(word)) return wholeNumber('COUNT', word, 1);
  throw new CrcacheError(
    'usage',
    `COUNT wants a number, not '${word}'`,
    isTime ? `crcache ${name} --wait=${word}` : `crcache ${name} -s ${word}`,
  );
}

export const instances: Operand = {
  name: 'NAME',
  repeats: true,
  completes: 'instance',
  summary: 'the instances',
};

export const anyInstances: Operand = {...instances, optional: true};

export const instancesInUse: Operand = {...instances, completes: 'in-use'};

export const anyInstancesInUse: Operand = {...instancesInUse, optional: true};

export const oneInstance: Operand = {
  name: 'NAME',
  completes: 'instance',
  summary: 'the instance; the name of a source means its only instance in use',
};

/** The instance that a command runs in. */
export const instanceOrSource: Operand = {
  ...oneInstance,
  completes: 'in-use',
  orOption: 'source',
};
