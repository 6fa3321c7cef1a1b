#!/bin/sh
# Measures, and prints a line for each figure: name, value, unit, goal, ok or
# short.  What is compared is measured in the same run.
# PARTS ("10 20 30 ...") leaves out the others, ITEMS (100000) is the size of a
# server; of what else can be set, each part says it.

cd "$(dirname "$0")" || exit 1
status=0
printf '%-44s %12s %-10s %10s\n' figure value unit goal
for part in [0-9]*.sh; do
	case " ${PARTS:-${part%%-*}} " in
	*" ${part%%-*} "*)
		sh "$part" || status=1
		;;
	esac
done
exit $status
