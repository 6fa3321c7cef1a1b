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

# The slowest first, so that both processors are busy to the end.
system=$(ls -r regress/system/*.t)

unit=
for source in regress/unit/test_*.c; do
	unit="$unit ${source%.c}"
done
# shellcheck disable=SC2086
run -e '' $unit
run -e '' regress/model/model
# With sanitizers the rules are the same, and everything takes longer.
if [ -z "${SANITIZE:-}" ]; then
	run -e sh regress/model/broken.sh
fi
run -e "" regress/sim/test.sh
# Other histories each time; more of them: make soak.
histories=130
[ -n "${SANITIZE:-}" ] && histories=40
run -e '' regress/soak/soak :: -n $histories -j 10 -s "$(date +%s)"
sh regress/contract/run-simulated.sh || status=1
# shellcheck disable=SC2086
run -e 'timeout 600 sh' $system

if [ $status -eq 0 ]; then
	echo "check: ok"
else
	echo "check: failed"
fi
exit $status
