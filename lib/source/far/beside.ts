// What a run script need not ask its tool for where the far side's processes are this machine's: signals reach them from
// outside, and the tree of the first of them, which a file names, is to be looked at.

import {quote} from '../../quote.js';
import {onNote} from './far-side.js';

/** Functions that farWay has others for; `file` begins with the pid of the far side's first process. */
export function functionsBeside(file: string): string {
  return `crcache_signal() { sh -c "$crcache_end" sh "CRCACHE_RUN_MARK=$1" "$2"; }
crcache_tree() { read -r crcache_pid crcache_line <${quote(file)} && crcache_tree=/proc/$crcache_pid/root; }
crcache_was_told() { crcache_tree && { ${onNote('rmdir', '"$crcache_mark"', '"$crcache_tree"')}; }; }
crcache_of_tree() { # FILE COMMAND WORD: has a command read a file of its /etc
  crcache_tree || return
  crcache_file=/etc/$1
  # A symlink on the way there is the tree's own, and may lead elsewhere from here.
  if [ -L "$crcache_tree/etc" ] || [ -L "$crcache_tree$crcache_file" ]; then
    "$2" "$3" <<END
$(crcache_user=; crcache_aside "cat $crcache_file" </dev/null)
END
  else [ -r "$crcache_tree$crcache_file" ] && "$2" "$3" <"$crcache_tree$crcache_file"; fi
}
crcache_knows() { crcache_of_tree passwd crcache_entry_of "$1"; }`;
}
