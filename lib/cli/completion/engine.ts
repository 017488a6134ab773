// The part of completion that is the same for every shell, in POSIX sh: from the words of a command line to
// what may stand for the last one. It prints a line 'WORD<tab>MEANING' for each, or one line that asks the
// shell for what shells do best: ':file', ':directory', and ':verbatim N' when the last N words are the
// beginning of another program's command line.
//
// It runs in a subshell: its variables are nobody else's. It never evaluates what it reads: of files, only
// such names are offered as crcache gives to sources and instances.

import type {CommandTable} from '../command.js';
import {renderNames} from './names.js';
import {
  commandCases,
  commandWords,
  commonOptionWords,
  operandCases,
  optionCases,
  optionWords,
} from './words.js';

/** What the script knows beside what it finds on the disk. */
export interface Vocabulary {
  readonly commands: readonly CommandTable[];
  /** The types of sources that are not programs on the PATH. */
  readonly types: readonly string[];
}

/** Functions of sh, of which a shell calls `__crcache_complete WORD...` with the words after 'crcache'. */
export function renderEngine({commands, types}: Vocabulary): string {
  return [renderWords(commands), walk, renderNames(types)].join('\n');
}

function renderWords(commands: readonly CommandTable[]): string {
  const common = commonOptionWords();
  return `__crcache_commands() {
${commandWords(commands)}
}

__crcache_command() {
  case $1 in
${commandCases(commands)}
    *) return 1 ;;
  esac
}

__crcache_options() {
  case $command in
    '')
${common.program}
      ;;
${optionWords(commands)}
  esac
${common.every}
}

__crcache_option() {
  long='' takes=''
  case $command:$1 in
${optionCases(commands)}
  esac
}

__crcache_operands() {
  operands=''
  case $command in
${operandCases(commands)}
  esac
}
`;
}

const walk = `# Prints what may stand for the last word, after those before it.
__crcache_complete() {
  command='' awaited='' ended='' given=' ' seen=' ' index=0
  while [ $# -gt 1 ]; do
    __crcache_read "$1" $# || return 0
    shift
  done
  current=$1
  if [ -n "$awaited" ]; then
    __crcache_values "$takes"
    return
  fi
  case $ended$current in
    --*=*)
      __crcache_option "\${current%%=*}"
      current=\${current#*=}
      __crcache_values "\${takes#\\?}"
      ;;
    -*) __crcache_options ;;
    *)
      if [ -n "$command" ]; then
        __crcache_operand
        __crcache_values "$kind"
      else
        __crcache_commands
        __crcache_programs crcache-
      fi
      ;;
  esac
}

# Reads a word as crcache itself does; fails, having printed all there is to say, where other words than
# crcache's begin.
__crcache_read() {
  if [ -n "$awaited" ]; then
    __crcache_believe "$awaited" "$1"
    awaited=''
    return
  fi
  case $ended$1 in
    --) ended=yes ;;
    --*=*)
      __crcache_note "\${1%%=*}" "\${1#*=}"
      __crcache_believe "$long" "\${1#*=}"
      awaited=''
      ;;
    --*) __crcache_note "$1" '' ;;
    -?*) __crcache_letters "\${1#-}" ;;
    *) __crcache_read_operand "$1" "$2" ;;
  esac
}

__crcache_read_operand() {
  if [ -z "$command" ]; then
    ended=''
    __crcache_command "$1" && return
    echo :file
    return 1
  fi
  __crcache_operand
  index=$((index + 1))
  [ "$kind" != verbatim ] && return
  echo ":verbatim $2"
  return 1
}

# Notes an option, and whether its value is the next word; the second argument is the rest of its word.
__crcache_note() {
  __crcache_option "$1"
  given="$given$long "
  case $takes in
    '' | \\?*) ;;
    *) [ -n "$2" ] || awaited=$long ;;
  esac
}

__crcache_letters() {
  letters=$1
  while [ -n "$letters" ]; do
    others=\${letters#?}
    __crcache_note "-\${letters%"$others"}" "$others"
    [ -z "$takes" ] || return 0
    letters=$others
  done
}

# Looks for names where the command line says that they are.
__crcache_believe() {
  case $1 in
    state-dir) CRCACHE_DIR=$2 ;;
    config-dir) CRCACHE_CONFIG=$2 ;;
  esac
}

# Sets \`kind\` to what completes the next operand.
__crcache_operand() {
  kind='' position=0
  __crcache_operands
  case $ended$index$operands in
    yes0*) ;;
    yes*verbatim*)
      kind=verbatim
      return
      ;;
  esac
  for operand in $operands; do
    case $operand in
      *@*) case $given in *" \${operand#*@} "*) continue ;; esac ;;
    esac
    kind=\${operand%%@*}
    case $kind in
      *...)
        kind=\${kind%...}
        return
        ;;
    esac
    [ "$position" -eq "$index" ] && return
    position=$((position + 1))
  done
  kind=''
}
`;
