#!/bin/sh
# Some random histories, others each time; more of them: make soak.

n=${HISTORIES:-300}
if [ -n "${SANITIZE:-}" ]; then
	n=${HISTORIES:-20}
fi
exec "$(dirname "$0")/soak" -n "$n" -j 16 -s "$(date +%s)"
