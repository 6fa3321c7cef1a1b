#!/bin/sh
# Any process killed at random moments during first syncs, and answers to
# writes cut off after the server has obeyed: the same final state as without,
# play counts included.

. "$(dirname "$0")/../lib.sh"

kills=${KILLS:-100}
cuts=${CUTS:-200}
items=${ITEMS:-1500}
seed=${SEED:-$(date +%s)}
echo "# seed $seed, $kills kills, $cuts answers cut"

start_three "$items"
configure_three
people="alice bob"
for person in $people; do
	expected_union "$person" >"$work/expected.$person"
done
for server in $three; do
	sim "$server" POST "/server?what=backup" >/dev/null
done

start() {
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
}

# One of the daemon's processes.  The parent waits longer and longer before it
# restarts what keeps dying, so it is killed itself now and then, and always
# when it has nobody left.
kill_one() {
	children=$(pgrep -P "$daemon_pid")
	random 4
	if [ $r -eq 0 ] || [ -z "$children" ]; then
		kill -KILL "$daemon_pid" 2>/dev/null
		wait "$daemon_pid" 2>/dev/null
		start
	else
		n=$(echo "$children" | wc -w)
		random "$n"
		kill -KILL "$(echo "$children" | sed -n "$((r + 1))p")" \
		    2>/dev/null
	fi
}

# A first sync under fire: as if nothing had ever been synced.
first_sync() {			# first_sync KILLS CUTS
	for server in $three; do
		sim "$server" POST "/server?what=restore" >/dev/null
		fault "$server" "kind=cut-after&request=userdata_write&probability=300&count=$((($2 + 2) / 3))"
		sim "$server" POST "/pace?latency_ms=4" >/dev/null
	done
	rm -rf "$work/db"
	start
	killed=0
	while [ $killed -lt "$1" ]; do
		random 10
		sleep "0.0$r"
		kill_one && killed=$((killed + 1))
	done
	stop_daemon
	for server in $three; do
		no_faults "$server"
		sim "$server" POST /pace >/dev/null
	done
}

check_state() {			# check_state NAME
	once
	is $? 0 "$1: the next sync succeeds"
	for person in $people; do
		for server in $three; do
			expected_on "$server" "$person" >"$work/want"
			state "$server" "$person" >"$work/have"
			is "$(diff "$work/want" "$work/have" | head -5)" "" \
			    "$1: every copy of $person on $server is as agreed"
		done
	done
	is "$(sqlite3 "$work/db/test.db" 'PRAGMA integrity_check')" ok \
	    "$1: the database is whole"
	is "$(sqlite3 "$work/db/test.db" \
	    'SELECT count(*) FROM copy WHERE asked')" 0 \
	    "$1: no write is left without an answer"
	for server in $three; do
		reset_counts "$server"
	done
	once
	for server in $three; do
		is "$(writes "$server")" 0 "$1: nothing is left for $server"
	done
}

for round in 1 2 3 4; do
	first_sync $((kills / 4)) $((cuts / 4))
	check_state "first sync $round"
done

done_testing
