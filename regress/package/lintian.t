#!/bin/sh
# What Debian's checker says of the package: nothing.

. "$(dirname "$0")/../lib.sh"

cd "$top" || exit 1
lintian -EIL +pedantic --allow-root --tag-display-limit 0 \
    jellyporter_*.changes >"$work/out" 2>&1
is "$(cat "$work/out")" "" "lintian is content, down to the pedantic"
done_testing
