// node status-page.mjs >status.html: what `crcache status --tree` shows, and who holds what, for a browser.

import {openCache, renderStatus, renderTable} from 'crcache';

const sources = openCache().status();
const rows = sources.map(({name, cached, 'in-use': inUse, max, sources: below}) => {
  return {name, cached, inUse, maximum: max ?? Infinity, below};
});
const columns = [{title: 'instance'}, {title: 'state'}];
const instances = sources.flatMap((source) =>
  Object.entries(source.instances).flatMap(([state, names]) => names.map((name) => [name, state])),
);

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
console.log(`<!doctype html>
<title>crcache</title>
<meta http-equiv="refresh" content="10">
<pre>${escaped(renderStatus(rows, {isTree: true}))}</pre>
<pre>${escaped(renderTable(columns, instances))}</pre>`);
