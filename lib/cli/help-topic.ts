// What `crcache help WORD` and `crcache --help WORD` show.

import {CrcacheError} from '../errors.js';
import type {Context} from './context.js';
import {findExtension, listExtensions} from './extension.js';
import {findCommand, unknownCommand} from './find-command.js';
import {renderHelp} from './help.js';
import {renderOverview} from './overview.js';
import {titleFor} from './title.js';

/** The help of a command, also under its manual's name 'crcache-run'; without a word, the overview. */
export function helpTopic(context: Context, word: string | undefined): string {
  const {commands, env} = context;
  const title = titleFor(context);
  if (word === undefined) return renderOverview(commands, title);
  const name = word.replace(/^crcache-/, '');
  const command = findCommand(commands, word) ?? findCommand(commands, name);
  if (command !== undefined) return renderHelp(command, title);
  const extension = findExtension(env, name);
  if (extension === undefined) throw unknownCommand(commands, word, listExtensions(env));
  throw new CrcacheError(
    'usage',
    `'${name}' is not a command of crcache's own but the program '${extension}'`,
    `crcache ${name} --help`,
  );
}
