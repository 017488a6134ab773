// What is to be known of a job, by the keys of --json. The keys are stable.

import type {Fields} from '../../output/value.js';
import type {JobView} from './look.js';

export const jobFields = {
  name: {summary: 'its name', read: ({job}) => job.name},
  instance: {summary: 'the instance that it runs in', read: ({job}) => job.instance},
  stream: {
    summary: 'the stream that this is, inside of streams',
    read: ({stream}) => stream ?? null,
  },
  state: {summary: 'running, ended or lost', read: ({state}) => state},
  active: {summary: 'whether it runs', read: ({state}) => state === 'running'},
  success: {summary: 'whether it has ended with status 0', read: ({status}) => status === 0},
  status: {summary: 'the status of its command', read: ({status}) => status ?? null},
  started: {summary: 'when it began', read: ({started}) => started ?? null},
  ended: {summary: 'when it ended', read: ({ended}) => ended ?? null},
  command: {summary: 'its command', read: ({argv}) => argv},
  directory: {summary: 'where its files are', read: ({job}) => job.where ?? job.directory},
} satisfies Fields<JobView>;
