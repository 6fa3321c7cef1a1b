#!/bin/sh
# Some random histories, others each time; more of them: make soak.

n=${HISTORIES:-300}
if [ -n "${SANITIZE:-}" ]; then
	n=${HISTORIES:-20}
fi
# It has time: what runs beside it may be waiting for a moment.
exec nice "$(dirname "$0")/soak" -n "$n" -j 8 -s "$(date +%s)"
