#!/bin/sh
# Runs one test, a program or a script of sh; none may take for ever.  What
# one says that fails is shown, as its comments are what helps.

# With sanitizers these two would take longer than all else: one byte, or one
# history, in ten is as good there.
case ${SANITIZE:-}:$1 in
:*)	;;
*/test_message | */test_undo)
	set -- "$1" 10
	;;
esac
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
case $1 in
*.t | *.sh)	timeout 1800 sh "$@" >"$said" ;;
*)		timeout 1800 "$@" >"$said" ;;
esac
status=$?
cat "$said"
[ $status -eq 0 ] || { echo "$1:"; cat "$said"; } >&2
exit $status
