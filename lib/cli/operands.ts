// Operands that several commands have.

import type {Operand} from './command.js';

export const instances: Operand = {
  name: 'NAME',
  repeats: true,
  completes: 'instance',
  summary: 'the instances',
};

export const anyInstances: Operand = {...instances, optional: true};

export const oneInstance: Operand = {
  name: 'NAME',
  completes: 'instance',
  summary: 'the instance; the name of a source means its only instance in use',
};

export const oneInstanceOrSource: Operand = {...oneInstance, orOption: 'source'};
