#!/bin/sh
# Runs one test, a program or a script of sh; none may take for ever.

case $1 in
*.t | *.sh)	exec timeout 600 sh "$@" ;;
*)		exec timeout 600 "$@" ;;
esac
