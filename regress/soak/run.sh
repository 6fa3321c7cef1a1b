#!/bin/sh
# The long tests: N random histories, power cuts, KILLS children killed, and
# whether the histories would see a rule that is broken.  Ends with a clear line.

cd "$(dirname "$0")/../.." || exit 1
status=0
seed=${SEED:-$(date +%s)}
regress/soak/soak -n "${N:-2000}" -s "$seed" -j "${JOBS:-32}" || status=1
POWER=${POWER:-200} SEED=$seed sh regress/system/25-power.t || status=1
KILLS=${KILLS:-1000} SEED=$seed sh regress/system/95-kills.t || status=1
sh regress/soak/broken.sh || status=1
if [ $status -eq 0 ]; then
	echo "soak: ok"
else
	echo "soak: failed"
fi
exit $status
