#!/bin/sh
# Runs every test; ends with a clear line.  From the top of the tree, after
# everything has been built.

set -u
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export CMOCKA_MESSAGE_OUTPUT=TAP

status=0
# Most of what takes long is waiting, so there are more of them than
# processors.
run() {
	prove --timer -j6 -e 'sh regress/run.sh' "$@" || status=1
}

# The longest first, so that nothing is left to wait for at the end.
long="regress/soak/some.t regress/model/stored.t regress/model/pure.t
    regress/system/95-kills.t regress/system/94-supervision.t
    regress/system/88-webhook.t regress/system/80-versions.t
    regress/system/97-check.t regress/system/50-fetcher.t
    regress/system/66-plan.t"
other=$(ls regress/system/*.t regress/manual/*.t regress/page/colours.t |
    grep -vFx "$(printf '%s\n' $long)")
unit=
for source in regress/unit/test_*.c; do
	unit="$unit ${source%.c}"
done
# What is kept of the fuzz targets' inputs.
for source in regress/fuzz/fuzz_*.c; do
	unit="$unit ${source%.c}"
done
# With sanitizers the rules and the pages are the same, and everything takes
# longer.
broken=regress/model/broken.sh
if [ -n "${SANITIZE:-}" ]; then
	broken=
	other=$(echo "$other" | grep -v '/pages\.t$')
fi
# SHORT leaves out what takes minutes: .ci/run has it once already.
if [ -n "${SHORT:-}" ]; then
	long="regress/model/stored.t regress/model/pure.t
	    regress/system/50-fetcher.t"
	other=$(echo "$other" | grep -v -e /20-killed -e /25-power \
	    -e /65-guard -e /72-stories-library -e /65-export -e /82-gentle \
	    -e /83-delta -e /84-live-idle -e /92-keys -e /93-clock \
	    -e /93-disk -e /96-prometheus -e /99-commands)
fi

# shellcheck disable=SC2086
run $unit
sh regress/contract/run-simulated.sh || status=1
# shellcheck disable=SC2086
run $long $other $broken regress/sim/test.sh

if [ $status -eq 0 ]; then
	echo "check: ok"
else
	echo "check: failed"
fi
exit $status
