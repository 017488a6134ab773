// Functions of sh that put what came into its place by the rules of cp, each file at once. They are of the script that
// receives files, and go by its names.

/** `move DIRECTORY PARENT TARGET`, `put FILE TARGET`, and `merge FROM TO`, with a third word where TO gets the looks of FROM. */
export const merging = `
# Renames to another directory; who is not root may write to what moves only so.
move() {
  if [ -d "$1" ] && [ ! -L "$1" ] && [ ! -w "$1" ]; then
    chmod u+w "$1" && mv -f -- "$1" "$2" || return 1
    if [ -d "$3" ]; then chmod u-w "$3"; fi
  else mv -f -- "$1" "$2"; fi
}
# Nothing can be renamed to what is mounted: a file there is written to, and is as before where that fails.
put() {
  said=$(mv -f -- "$1" "$2" 2>&1) && return
  case $said in *' busy')
    if [ -f "$1" ] && [ ! -L "$1" ] && [ -f "$2" ]; then
      cp -p -- "$2" "$stage/before" && { cp -p -- "$1" "$2" || { cp -p -- "$stage/before" "$2"; false; }; }
      return
    fi
  esac
  say "$said"
  return 1
}
put_all() { # DIRECTORY FILE...
  directory=$1 refused=0
  shift
  mv -f -- "$@" "$directory/" 2>/dev/null && return
  for file; do
    if [ -e "$file" ] || [ -L "$file" ]; then put "$file" "$directory/\${file##*/}" || refused=1; fi
  done
  return "$refused"
}
merge() (
  from=$1 to=\${2%/} level=x$level failed=0 at= near= shut= looks=
  if [ -n "$3" ] && [ -n "$preserve" ]; then
    looks=$(stat -c '%u:%g %a' "$from") && touch -r "$from" "$stage/times$level" || exit 1
  fi
  set --
  for each in "$from"/* "$from"/.[!.]* "$from"/..?*; do
    [ -e "$each" ] || [ -L "$each" ] || continue
    target=$to/\${each##*/}
    if [ -d "$each" ] && [ ! -L "$each" ]; then
      if [ -d "$target" ] && [ ! -L "$target" ]; then merge "$each" "$target" too || failed=1
      elif [ -e "$target" ] || [ -L "$target" ]; then
        say "cannot overwrite '$target', which is no directory, with a directory"; failed=1
      else
        reach
        move "$at/\${each##*/}" "$to/" "$target" || failed=1
      fi
      continue
    fi
    if [ -d "$target" ] && [ ! -L "$target" ]; then
      say "cannot overwrite directory '$target' with something else"; failed=1; continue
    fi
    reach
    set -- "$@" "$at/\${each##*/}"
    if [ $# -ge 500 ]; then put_all "$to" "$@" || failed=1; set --; fi
  done
  if [ $# -gt 0 ]; then put_all "$to" "$@" || failed=1; fi
  leave
  [ -z "$looks" ] || look_alike || failed=1
  return $failed
)
# Finds where what came can be renamed from: beside its place, where that is on another disk, or a mount of its own. A
# directory that came closed, and is, is opened for it.
reach() {
  [ -z "$at" ] || return 0
  at=$from
  if [ ! -w "$from" ]; then
    if [ ! -w "$to" ] && chmod u+w "$to" 2>/dev/null; then shut=1; fi
    chmod u+w "$from"
  fi
  if [ "$to" = "$beside" ]; then return; fi
  near=$to/$part
  trap 'leave; exit 1' HUP INT TERM
  if ln -- "$stage/probe" "$near" 2>/dev/null; then rm -f -- "$near"; near=; return; fi
  sweep "$to"
  at=$near/tree
  mkdir -m 700 -- "$near" && cp -a -- "$from" "$at" || { leave; exit 1; }
}
leave() {
  [ -z "$near" ] || remove "$near"
  [ -z "$shut" ] || chmod u-w "$to"
}
look_alike() {
  if [ -n "$root" ]; then chown "\${looks% *}" "$to" || return 1; fi
  chmod "\${looks#* }" "$to" && touch -r "$stage/times$level" "$to"
}
`;
