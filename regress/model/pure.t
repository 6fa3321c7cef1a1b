#!/bin/sh
# Random histories of the rules alone; fewer with sanitizers.

n=100000
[ -z "${SANITIZE:-}" ] || n=20000
exec "$(dirname "$0")/model" -w pure -n $n
