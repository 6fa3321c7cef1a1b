#!/bin/sh
# Long lists: of servers on one host one at a time, and what nobody waits for
# leaves a server as much time in between as it has taken.

. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 100 --user alice:a --version 12.0.0"
# shellcheck disable=SC2086
start_sim attic $common --seed 1 --watched 100
# shellcheck disable=SC2086
start_sim cellar $common --seed 2 --watched 100

ms() {
	date +%s%3N
}

took() {			# took COMMAND: ms
	began=$(ms)
	"$@" >/dev/null || bail_out "$*"
	echo $(($(ms) - began))
}

slowly() {			# slowly MS: every answer of both
	for server in attic cellar; do
		sim $server POST "/pace?latency_ms=$1" >/dev/null
	done
}

begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
wait_for idle || bail_out "the first sync"

# Eight lists, of a second each.
slowly 1000
both=$(took sync_now)
[ "$both" -ge 8000 ]
ok $? "one list at a time of two servers on one host ($both ms)"
stop_daemon

slowly 0
sed -i "s,$(url cellar),$(url cellar | sed s/127.0.0.1/localhost/)," "$config"
start_daemon
wait_for idle || bail_out "the sync after another name"
slowly 1000
apart=$(took sync_now)
[ "$apart" -lt $((both - 2000)) ]
ok $? "but not of two on two hosts, where somebody waits ($apart ms)"

# What is new, a count, what was begun, what is a favourite; three rests.
slowly 400
servers="attic cellar"
round=$(took clock_round)
[ "$round" -ge 2800 ]
ok $? "between lists that nobody waits for it rests ($round ms)"

# One that hangs in the middle of a list holds nobody up for long.
slowly 0
stop_daemon
sed -i "s,localhost,127.0.0.1," "$config"
start_daemon
wait_for idle || bail_out "the sync after the first name"
reset_counts attic
reset_counts cellar
fault attic "request=identity&kind=slow&bytes=1"
ctl sync now >/dev/null 2>&1 &
wait_for eval '[ "$(counts attic identity)" -ge 1 ]' ||
    bail_out "attic is not listed"
listed=$(counts cellar listings)
sleep 2
[ "$(counts cellar listings)" = "$listed" ]
ok $? "while one is listed its neighbour is not"
wait_for eval '[ "$(counts cellar state_favorite)" -ge 1 ]'
ok $? "unless that one hangs"
no_faults attic
done_testing
