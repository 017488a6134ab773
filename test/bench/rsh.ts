// What a command line costs that comes by rsh, as programs send them by the hundred.

import {useInstances} from '../helpers/in-use.js';
import {timeOfTenCalls, type Topic} from './measure.js';

export const rsh: Topic = {
  name: 'rsh',
  rows: async (t) => {
    await useInstances(t);
    const against = {
      against: 'sh -c true',
      bound: 4,
      otherCost: timeOfTenCalls(t, ['sh', '-c', 'true']),
    };
    return [
      {what: 'crcache rsh NAME true', words: ['local-0', 'true']},
      {
        what: 'crcache rsh as git calls it',
        words: ['-o', 'SendEnv=GIT_PROTOCOL', 'local-0', 'true'],
      },
      {what: 'crcache rsh POOL true', words: ['pool-0', 'true']},
    ].map(({what, words}) => ({
      what,
      ...against,
      cost: timeOfTenCalls(t, ['crcache', 'rsh', ...words]),
    }));
  },
};
