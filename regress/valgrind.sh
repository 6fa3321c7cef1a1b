#!/bin/sh
# The unit tests and a part of the model under valgrind; fails at any finding.

set -u
status=0
for test in regress/unit/test_*.c; do
	program=${test%.c}
	if TEST_NO_RLIMIT=1 valgrind -q --error-exitcode=99 --leak-check=full \
	    --trace-children=no "$program" >/dev/null 2>"$program.valgrind"
	then
		echo "ok - $program under valgrind"
	else
		echo "not ok - $program under valgrind"
		sed 's/^/# /' "$program.valgrind" | tail -40
		status=1
	fi
	rm -f "$program.valgrind"
done
if TEST_NO_RLIMIT=1 valgrind -q --error-exitcode=99 --leak-check=full \
    regress/model/model -n 300 >/dev/null
then
	echo "ok - model under valgrind"
else
	echo "not ok - model under valgrind"
	status=1
fi
exit $status
