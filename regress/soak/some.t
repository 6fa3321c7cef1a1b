#!/bin/sh
# Some random histories, others each time; more of them: make soak.

n=${HISTORIES:-260}
[ -z "${SANITIZE:-}" ] || n=${HISTORIES:-40}
exec "$(dirname "$0")/soak" -n "$n" -j 10 -s "$(date +%s)"
