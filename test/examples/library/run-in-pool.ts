// One instance, which comes back at the end of the block, or with this process.

import {openCache} from 'crcache';

const cache = openCache();
cache.on('change', ({instance, to}) => {
  if (instance.startsWith('tests-')) console.log(instance, to ?? 'gone');
});
cache.on('end', ({instance, status}) => {
  console.log(instance, 'ended a command with', status);
});
{
  await using instance = await cache.acquire('tests', {waitMs: 60_000});
  await instance.copyIn('tests/one.uvu.mjs', 'copied.mjs');
  const {status, stdout} = await instance.run('wc -l <copied.mjs; exit 3', {
    env: {LC_ALL: 'C'},
  });
  console.log(instance.name, status, stdout.trim());
}
const [tests] = cache.status('tests');
console.log(tests?.['in-use'], 'in use');
