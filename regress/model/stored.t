#!/bin/sh
# Random histories of the rules with the store, the matching and the planning;
# fewer with sanitizers.

n=2000
[ -z "${SANITIZE:-}" ] || n=200
exec "$(dirname "$0")/model" -w stored -n $n
