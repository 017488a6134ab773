// What a program that embeds the cache is told of, while it happens. Nothing waits for its listeners, and one that
// throws cuts no transition off.

import {EventEmitter} from 'node:events';
import type {Change} from '../store/source-state.js';
import type {CommandResult} from './lent-instance.js';

/** The events, and what their listeners get. */
export interface CacheEvents {
  /** A request begins to wait. */
  wait: [{readonly source: string; readonly why: string}];
  /** This process has brought an instance from one state to another; as `crcache log --json` has it. */
  change: [Change];
  /** A command begins in an instance. */
  start: [Running];
  /** It has ended. */
  end: [Running & Pick<CommandResult, 'status'>];
}

export interface Running {
  readonly instance: string;
  /** As it was given to `run`. */
  readonly command: string | readonly string[];
}

/** Tells of an event, once what it is about is done. */
export type Tell = <Name extends keyof CacheEvents>(
  name: Name,
  ...event: CacheEvents[Name]
) => void;

/** Has `on`, `once` and `off`, as Node's emitters do. */
export class Events extends EventEmitter<CacheEvents> {
  protected readonly tell: Tell = (name, ...event) => {
    queueMicrotask(() => this.emit<keyof CacheEvents>(name, ...event));
  };
}
