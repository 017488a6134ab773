// From argv to a command that has run: the frame that every command stands in.

import {CrcacheError} from '../errors.js';
import type {Context, Environment} from './context.js';
import {FailureBesideCommand} from './exit-status.js';
import {findExtension, listExtensions, runExtension} from './extension.js';
import {findCommand, unknownCommand} from './find-command.js';
import {helpTopic} from './help-topic.js';
import {parseArguments, parseInvocation, type Arguments} from './parse.js';

/** Runs the command that argv names; its exit status is the value, its failure an exception. */
export async function runProgram(context: Context, argv: readonly string[]): Promise<number> {
  const {word, before, rest} = parseInvocation(argv);
  if (before.has('version')) {
    await context.stdout.write(`crcache ${context.version}\n`);
    return 0;
  }
  if (word === undefined || before.has('help')) {
    await context.stdout.write(helpTopic(context, word));
    return 0;
  }
  const command = findCommand(context.commands, word);
  if (command === undefined) {
    const extension = findExtension(context.env, word);
    if (extension !== undefined) return runExtension(contextFor(context, before), extension, rest);
    throw unknownCommand(context.commands, word, listExtensions(context.env));
  }
  try {
    const args = parseArguments(command, rest, before);
    if (args.has('help')) {
      await context.stdout.write(helpTopic(context, command.name));
      return 0;
    }
    return (await command.run(contextFor(context, args), args)) ?? 0;
  } catch (error) {
    const {failureStatus} = command;
    const isTold = failureStatus === undefined || error instanceof FailureBesideCommand;
    throw isTold ? error : new FailureBesideCommand(error, failureStatus);
  }
}

/** The context with what the global options say; programs that the command starts inherit it. */
function contextFor(context: Context, args: Arguments): Context {
  const config = directoryFrom(args, 'config-dir');
  const state = directoryFrom(args, 'state-dir');
  const env: Environment = {
    ...context.env,
    ...(config === undefined ? {} : {CRCACHE_CONFIG: config}),
    ...(state === undefined ? {} : {CRCACHE_DIR: state}),
  };
  return {...context, env, isQuiet: args.has('quiet'), isVerbose: args.has('verbose')};
}

/** An empty one is a variable that is not set: what it would mean in the environment, nobody asks for by an option. */
function directoryFrom(args: Arguments, option: string): string | undefined {
  const directory = args.value(option);
  if (directory === '') throw new CrcacheError('usage', `option '--${option}' wants a value: DIR`);
  return directory;
}
