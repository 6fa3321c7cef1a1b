#!/bin/sh
# Runs every test; ends with a clear line.  From the top of the tree, after
# everything has been built.

set -u
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export CMOCKA_MESSAGE_OUTPUT=TAP

status=0
run() {
	prove --timer -j2 "$@" || status=1
}

unit=
for source in regress/unit/test_*.c; do
	unit="$unit ${source%.c}"
done
# shellcheck disable=SC2086
run -e '' $unit
run -e '' regress/model/model.t regress/model/broken.sh
run -e "" regress/sim/test.sh
sh regress/contract/run-simulated.sh || status=1
run -e 'timeout 240 sh' regress/system

if [ $status -eq 0 ]; then
	echo "check: ok"
else
	echo "check: failed"
fi
exit $status
