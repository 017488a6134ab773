// The directories of test/examples: what people copy, as a test's own copy.

import {cpSync} from 'node:fs';
import {repository, type Sandbox} from './sandbox.js';

/** Copies an example to where the test's programs run, or to another directory; the value is its place. */
export function copyExample(t: Sandbox, name: string, above = t.dir): string {
  const place = `${above}/${name}`;
  cpSync(`${repository}/test/examples/${name}`, place, {recursive: true});
  return place;
}

/** Lets python3 and its like be those of the system, whose packages the examples use. */
export function useSystemPrograms(t: Sandbox): void {
  const [own = '', ...rest] = (t.env['PATH'] ?? '').split(':');
  t.env['PATH'] = [own, '/usr/bin', ...rest].join(':');
}
