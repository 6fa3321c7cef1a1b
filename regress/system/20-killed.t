#!/bin/sh
# Any process killed at random moments during first syncs, and answers to
# writes cut off after the server has obeyed: the same final state as without,
# play counts included.

. "$(dirname "$0")/../lib.sh"

kills=${KILLS:-200}
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
# From a hundred writes on, every third answer is lost until it is enough.
for server in $three; do
	fault "$server" "kind=cut-after&request=userdata_write&probability=300&count=$(((cuts + 2) / 3))"
	sim "$server" POST "/pace?latency_ms=2" >/dev/null
done

jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
daemon_pid=$!

# One of the daemon's processes, by chance; seldom the parent itself.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	echo $((seed / 65536 % $1))
}

start_again() {
	wait "$daemon_pid" 2>/dev/null
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
}

killed=0
parents=0
while [ $killed -lt "$kills" ]; do
	sleep "0.0$(random 9)"
	children=$(pgrep -P "$daemon_pid")
	n=$(echo "$children" | wc -w)
	[ "$n" -gt 0 ] || { kill -0 "$daemon_pid" 2>/dev/null || start_again
		continue; }
	victim=$(echo "$children" | sed -n "$(($(random "$n") + 1))p")
	# The parent takes longer and longer to restart what keeps dying, so
	# it is killed itself every few times.
	if [ $((killed % 4)) -eq 3 ]; then
		kill -KILL "$daemon_pid" 2>/dev/null
		parents=$((parents + 1))
		start_again
	else
		kill -KILL "$victim" 2>/dev/null || continue
	fi
	killed=$((killed + 1))
	# Begin anew now and then: these are to be first syncs.
	if [ $((killed % 50)) -eq 0 ] && [ $killed -lt "$kills" ]; then
		wait_for jellyporterctl -s "$socket" status
	fi
done
echo "# $killed killed, of these the parent $parents times"

stop_daemon
for server in $three; do
	no_faults "$server"
	sim "$server" POST /pace >/dev/null
done
once
is $? 0 "the next sync succeeds"
once
for person in $people; do
	for server in $three; do
		expected_on "$server" "$person" >"$work/want"
		state "$server" "$person" >"$work/have"
		is "$(diff "$work/want" "$work/have" | head -5)" "" \
		    "every copy of $person on $server is as agreed"
	done
done
for server in $three; do
	reset_counts "$server"
done
once
for server in $three; do
	is "$(writes "$server")" 0 "nothing is left to write to $server"
done
is "$(sqlite3 "$work/db/test.db" 'PRAGMA integrity_check')" ok \
    "the database is whole"
is "$(sqlite3 "$work/db/test.db" 'SELECT count(*) FROM copy WHERE asked')" 0 \
    "no write is left without an answer"

done_testing
