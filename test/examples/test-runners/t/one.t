echo 1..1
test -n "$CRCACHE_INSTANCE" || printf 'not '
echo "ok 1 - runs in an instance"
