# shellcheck shell=sh
# `crcache rsh`: takes what programs pass to ssh, and says it as `crcache run` does: it replaces the launcher's words
# by `run NAME COMMAND...`, or ends with 255, as ssh does where it fails itself.
#
# It is sh, for programs call it for each file and task, and their command lines are bytes, which node would change.
# Its names begin with rsh_, for SendEnv hands on variables of the caller's by theirs.

# Says what is wrong, and what to do about it, unless -q forbids it.
rsh_fail() {
  [ -n "$rsh_quiet" ] || printf '%s\n' "crcache: $1" ${2+"hint: $2"} >&2
  exit 255
}

# The first user that is named counts, as for ssh.
rsh_set_user() {
  [ -n "$1" ] || rsh_fail 'rsh wants the name of a user' 'crcache help rsh'
  : "${rsh_user:=$1}"
}

# A variable that the command gets: its name, in the list of names, and its value, under a name of ours.
rsh_give() {
  case $1 in
    '' | [0-9]* | *[!A-Za-z0-9_]*) rsh_fail "'$1' is not the name of a variable" ;;
  esac
  rsh_names="$rsh_names $1"
  eval "rsh_value_$1=\$2"
}

# SendEnv: names, or patterns of names, of the caller's variables.
rsh_send() {
  case $1 in
    *[*?]*) rsh_all=$(awk 'BEGIN { for (name in ENVIRON) print name }' </dev/null) ;;
    *) rsh_all=$1 ;;
  esac
  set -f
  for rsh_pattern in $1; do
    for rsh_name in $rsh_all; do
      # shellcheck disable=SC2254 # it is a pattern
      case $rsh_name in
        *[!A-Za-z0-9_]* | [0-9]*) ;;
        $rsh_pattern) eval "[ -z \"\${$rsh_name+set}\" ] || rsh_give $rsh_name \"\$$rsh_name\"" ;;
      esac
    done
  done
  set +f
}

# SetEnv: NAME=VALUE, several of them with blanks between, quoted as a whole or in the value.
rsh_set() {
  rsh_rest=$1
  while rsh_strip && [ -n "$rsh_rest" ]; do
    case $rsh_rest in
      \"*=*) rsh_quoted=${rsh_rest#\"} rsh_rest=\"${rsh_quoted#*=} rsh_name=${rsh_quoted%%=*} ;;
      *=*) rsh_name=${rsh_rest%%=*} rsh_rest=${rsh_rest#*=} ;;
      *) rsh_fail "SetEnv wants NAME=VALUE, not '$rsh_rest'" ;;
    esac
    case $rsh_rest in
      \"*\"*) rsh_quoted=${rsh_rest#\"} rsh_value=${rsh_quoted%%\"*} rsh_rest=${rsh_quoted#*\"} ;;
      *) rsh_value=${rsh_rest%%[[:blank:]]*} rsh_rest=${rsh_rest#"$rsh_value"} ;;
    esac
    rsh_give "$rsh_name" "$rsh_value"
  done
}

# Takes blanks off the start of rsh_rest.
rsh_strip() {
  rsh_rest=${rsh_rest#"${rsh_rest%%[![:blank:]]*}"}
}

# An option of ssh_config: 'Key=value' or 'Key value', where case does not count and quotes may stand round the value.
rsh_option() {
  rsh_rest=$1
  rsh_strip
  rsh_key=${rsh_rest%%[=[:blank:]]*} rsh_rest=${rsh_rest#"${rsh_rest%%[=[:blank:]]*}"}
  rsh_rest=${rsh_rest#"${rsh_rest%%[!=[:blank:]]*}"}
  case $rsh_key in
    [Ss][Ee][Tt][Ee][Nn][Vv]) rsh_set "$rsh_rest" && return ;;
  esac
  rsh_rest=${rsh_rest#\"} rsh_rest=${rsh_rest%\"}
  case $rsh_key in
    [Uu][Ss][Ee][Rr]) rsh_set_user "$rsh_rest" ;;
    [Ss][Ee][Nn][Dd][Ee][Nn][Vv]) rsh_send "$rsh_rest" ;;
    [Ss][Tt][Dd][Ii][Nn][Nn][Uu][Ll][Ll]) [ "$rsh_rest" != yes ] || rsh_stdin=none ;;
    [Rr][Ee][Qq][Uu][Ee][Ss][Tt][Tt][Tt][Yy])
      case $rsh_rest in yes | force | no) rsh_tty=$rsh_rest ;; esac
      ;;
    [Ss][Ee][Ss][Ss][Ii][Oo][Nn][Tt][Yy][Pp][Ee]) [ "$rsh_rest" != none ] || rsh_refuse "-o $rsh_key=none" ;;
    [Ff][Oo][Rr][Kk][Aa]*) [ "$rsh_rest" != yes ] || rsh_refuse "-o $rsh_key=yes" ;;
    [Ll][Oo][Cc][Aa][Ll][Ff]* | [Rr][Ee][Mm][Oo][Tt][Ee][Ff]* | [Dd][Yy][Nn][Aa][Mm][Ii][Cc]*)
      rsh_refuse "-o $rsh_key"
      ;;
  esac
}

# What would need a connection: who asks for it would wait for what never comes.
rsh_refuse() {
  rsh_fail "rsh does not take '$1': there is no connection to forward by, or to keep without a command"
}

# The options up to the next word that is none; rsh_shift says how many words they were.
rsh_read_options() {
  OPTIND=1
  while getopts ':1246AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:' rsh_letter; do
    case $rsh_letter in
      l) rsh_set_user "$OPTARG" ;;
      o) rsh_option "$OPTARG" ;;
      n) rsh_stdin=none ;;
      q) rsh_quiet=yes ;;
      s) rsh_what=subsystem ;;
      T) rsh_tty=no ;;
      t) [ "$rsh_tty" = yes ] && rsh_tty=force || rsh_tty=yes ;;
      G) rsh_what=configuration ;;
      O) exit 0 ;;
      V) rsh_what=version && return ;;
      [DfLNQRWw]) rsh_refuse "-$rsh_letter" ;;
      :) rsh_fail "option '-$OPTARG' wants a value" ;;
      \?) rsh_fail "ssh has no option '-$OPTARG'" "crcache help rsh" ;;
    esac
  done
  rsh_shift=$((OPTIND - 1))
}

# The place, as NAME, USER@NAME or ssh://USER@NAME:PORT.
rsh_read_host() {
  rsh_host=$1
  case $rsh_host in
    ssh://*) rsh_host=${rsh_host#ssh://} rsh_host=${rsh_host%%/*} rsh_host=${rsh_host%:*} ;;
  esac
  case $rsh_host in
    *@*) rsh_set_user "${rsh_host%@*}" && rsh_host=${rsh_host##*@} ;;
  esac
}

# The command line that the words after the host make, for the instance's sh.
rsh_read_command() {
  # shellcheck disable=SC2016 # it is for the instance's sh
  case $rsh_what:$* in
    command:) rsh_line='exec "$SHELL" -l' ;;
    command:*) rsh_line=$* ;;
    subsystem:sftp) rsh_line=$rsh_sftp ;;
    *) rsh_fail "there is no subsystem '$*', only 'sftp'" ;;
  esac
}

# shellcheck disable=SC2016 # it is for the instance's sh
rsh_sftp='for server in /usr/lib/openssh /usr/libexec/openssh /usr/lib/ssh /usr/libexec /usr/local/libexec; do
  [ ! -x "$server/sftp-server" ] || exec "$server/sftp-server"
done
echo "crcache: there is no sftp-server in '"'\$CRCACHE_INSTANCE'"'" >&2
echo "hint: install it there; Debian has it in openssh-sftp-server" >&2
exit 255'

rsh_host='' rsh_user='' rsh_names='' rsh_stdin='' rsh_quiet='' rsh_tty='' rsh_what=command
while :; do
  rsh_read_options "$@"
  [ "$rsh_what" != version ] || break
  rsh_last=
  [ "$rsh_shift" = 0 ] || eval "rsh_last=\${$rsh_shift}"
  shift "$rsh_shift"
  { [ $# -gt 0 ] && [ -z "$rsh_host" ]; } || break
  rsh_read_host "$1"
  shift
  [ "$rsh_last" != -- ] || break
done

if [ "$rsh_what" = version ]; then
  exec >&2
  set -- --version
else
  case $rsh_host in
    '' | -*) rsh_fail "rsh wants an instance's name, not '$rsh_host'" 'crcache help rsh' ;;
  esac
  if [ "$rsh_what" = configuration ]; then
    printf '%s\n' "host $rsh_host" ${rsh_user:+"user $rsh_user"} "hostname $rsh_host"
    exit 0
  fi
  rsh_read_command "$@"
  [ -z "$rsh_stdin" ] || exec </dev/null
  # A terminal is had as ssh has it: without a command if there is one, and with one only if that is wished for.
  case $rsh_tty:${*:+command} in
    force:*) export CRCACHE_RUN_TERMINAL=on ;;
    yes:* | :) [ ! -t 0 ] || export CRCACHE_RUN_TERMINAL=on ;;
    no:) [ ! -t 0 ] || export CRCACHE_RUN_TERMINAL=off ;;
  esac
  # sshd sets SHELL, too, and GNU parallel needs it.
  set -- /bin/sh -c "cd -- \"\${HOME:-/}\" || cd /; export SHELL=\"\${SHELL:-/bin/sh}\"
$rsh_line"
  for rsh_name in $rsh_names; do
    eval "set -- \"\$rsh_name=\$rsh_value_$rsh_name\" \"\$@\""
  done
  [ -z "$rsh_names" ] || set -- env "$@"
  set -- run "$rsh_host" "$@"
  [ -z "$rsh_user" ] || export CRCACHE_RUN_USER="$rsh_user"
  export CRCACHE_RUN_FAILED=255 CRCACHE_RUN_WATCHED=1
  # shellcheck disable=SC2034 # the launcher's
  crcache_quiet=$rsh_quiet
fi
