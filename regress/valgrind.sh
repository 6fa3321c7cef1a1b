#!/bin/sh
# Unit tests and a part of the model under valgrind, as many at a time as there
# are processors; fails at any finding.

set -u

# One program and its arguments, in a word.
if [ $# -gt 0 ]; then
	said=$(mktemp) || exit 1
	# The program and its arguments are meant to be split.
	# shellcheck disable=SC2086
	if TEST_NO_RLIMIT=1 valgrind -q --error-exitcode=99 --leak-check=full \
	    --trace-children=no $1 >/dev/null 2>"$said"
	then
		echo "ok - $1 under valgrind"
		status=0
	else
		echo "not ok - $1 under valgrind"
		sed 's/^/# /' "$said" | tail -40
		status=1
	fi
	rm -f "$said"
	exit $status
fi

# What takes longest begins first.  What takes minutes is left to the
# sanitizers: a year of days (test_upkeep), most of the random ones and some of
# those that try everything; so is what is about times (test_supervise), and
# what confines itself (test_resolver), which leaves valgrind no files.
{
	echo "regress/model/model -n 20"
	echo "regress/unit/test_message 10"
	echo "regress/unit/test_undo 10"
	for test in regress/unit/test_*.c; do
		echo "${test%.c}"
	done | grep -v -e test_upkeep -e test_match_random -e test_undo \
	    -e test_resolver -e test_message -e test_slices -e test_supervise \
	    -e test_ctl_fits
} | xargs -d '\n' -P "$(nproc)" -n 1 sh regress/valgrind.sh
