// The key env=, which types share: variables that commands find.

import {KeyProblem, repeated, text} from '../keys.js';

export const variables = repeated({
  ...text('a variable that commands find', undefined, 'NAME=VALUE'),
  parse(given: string): string {
    if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(given)) return given;
    throw new KeyProblem('NAME=VALUE');
  },
});
