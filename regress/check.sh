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
jobs=$((3 * $(getconf _NPROCESSORS_ONLN)))
run() {
	prove --timer -j$jobs -e 'sh regress/run.sh' "$@" || status=1
}

# The longest first, so that nothing is left to wait for at the end.
long="regress/soak/some.t regress/model/stored.t regress/model/pure.t
    regress/system/95-kills.t regress/system/94-supervision.t
    regress/system/88-webhook.t regress/system/80-versions.t
    regress/system/98-monitor.t regress/system/25-power.t
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
# SHORT is what reaches each parser and each process once: .ci/run has had all
# of them already.
simulator=regress/sim/test.sh
if [ -n "${SHORT:-}" ]; then
	simulator=
	unit=$(echo "$unit" | tr ' ' '\n' | grep -v /test_upkeep)
	long="regress/system/96-telemetry.t regress/model/stored.t
	    regress/system/31-odd.t regress/system/62-proxy.t
	    regress/model/pure.t"
	other=$(echo "$other" | grep -e /10-converge -e /40-rules \
	    -e /68-undone -e /87-live-guard -e /89-sessions \
	    -e /91-users -e /97-page -e /98-init)
fi

# The contract suite is run by a prove of its own, beside the others.
contract=$(mktemp) || exit 1
trap 'rm -f "$contract"' EXIT
pid=
if [ -z "${SHORT:-}" ]; then
	sh regress/contract/run-simulated.sh >"$contract" 2>&1 &
	pid=$!
fi
# shellcheck disable=SC2086
run $long $unit $other $broken $simulator
[ -z "$pid" ] || wait "$pid" || status=1
cat "$contract"

if [ $status -eq 0 ]; then
	echo "check: ok"
else
	echo "check: failed"
fi
exit $status
