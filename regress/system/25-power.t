#!/bin/sh
# The power goes at random moments of a sync that writes: every process is
# killed, and what is in the database's files then is all that is left.  It
# opens clean, and a daemon that goes on from there comes to the same final
# state as one that was never disturbed, play counts included.

. "$(dirname "$0")/../lib.sh"

trials=${POWER:-10}
items=${ITEMS:-90}
seed=${SEED:-$(date +%s)}
echo "# seed $seed, $trials times"

start_three "$items"
configure_three
people="alice bob"

# First everything is the same everywhere; then people do things on all three,
# each with a work on one server only: of an act on a copy that was to be
# written when the power went, nobody can say how much it adds to the count.
once
is $? 0 "a first sync"
cp -R "$work/db" "$work/db.before"
for person in $people; do
	for server in $three; do
		state "$server" "$person"
	done | sort -u -n >"$work/before.$person"
done
minute=0
for number in 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 \
    51 52 53 54 55 56 57 58 59; do
	for person in $people; do
		minute=$((minute + 1))
		# shellcheck disable=SC2086
		set -- $three
		shift $((minute / 5 % 3))
		date="date=2026-04-01T20:$((minute / 6 % 6))$((minute % 6)):07Z"
		case $((minute % 7)) in
		0)	set_state "$1" "$person" $number "percent=40" ;;
		1)	act "$1" "$person" $number finish "&$date" ;;
		2)	act "$1" "$person" $number mark "&$date" ;;
		3)	act "$1" "$person" $number favorite
			act "$1" "$person" $number finish "&$date" ;;
		4)	act "$1" "$person" $number favorite ;;
		5)	act "$1" "$person" $number finish "&$date"
			act "$1" "$person" $number finish "&$date" ;;
		6)	act "$1" "$person" $number unmark ;;
		esac
		# All must come to show what this one shows now.
		echo "$number" >>"$work/touched.$person"
		state "$1" "$person" | awk -v n=$number '$1 == n' \
		    >>"$work/expected.$person"
	done
done
for server in $three; do
	sim "$server" POST "/server?what=backup" >/dev/null
done
for person in $people; do
	awk 'NR == FNR { touched[$1] = 1; next } !($1 in touched)' \
	    "$work/touched.$person" "$work/before.$person" \
	    >>"$work/expected.$person"
	sort -n -o "$work/expected.$person" "$work/expected.$person"
	for server in $three; do
		expected_on "$server" "$person" >"$work/want.$server.$person"
	done
done

# What differs from that, in a word; the lines go to the screen.
wrong_states() {
	for person in $people; do
		for server in $three; do
			state "$server" "$person" >"$work/have"
			diff "$work/want.$server.$person" "$work/have" \
			    >"$work/diff" || echo "$server:$person"
			sed 's/^/# /' "$work/diff" | head -4 >&2
		done
	done
}

servers=$three
reset_all
once
is $? 0 "undisturbed, the next one succeeds"
undisturbed=$(all_writes)
is "$(wrong_states)" "" "and all is everywhere as people left it"

# All processes at one moment, or nearly.
power_off() {
	kill -KILL "$(pgrep -P "$daemon_pid" -f engine)" 2>/dev/null
	children=$(pgrep -P "$daemon_pid")
	kill -KILL "$daemon_pid" 2>/dev/null
	# shellcheck disable=SC2086
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
}

query() {			# query SQL, of a copy of the copy
	rm -rf "$work/look"
	cp -R "$work/db" "$work/look"
	sqlite3 "$work/look/test.db" "$1"
}

# Somewhere between the start and the last of the writes; one time in eight it
# is not the writes that are waited for.
wait_a_while() {
	random "$undisturbed"
	some=$r
	some_are_written() {
		[ "$(all_writes)" -ge "$some" ]
	}
	random 8
	if [ $r -eq 0 ]; then
		random 35
		sleep "0.$((r + 10))"
	else
		wait_for some_are_written
	fi
}

# As if it were the first time: the same acts, and nothing synced.
begin() {
	rm -rf "$work/db"
	cp -R "$work/db.before" "$work/db"
	for server in $three; do
		sim "$server" POST "/server?what=restore" >/dev/null
		random 20
		sim "$server" POST "/pace?latency_ms=$((r + 15))" >/dev/null
		reset_counts "$server"
	done
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
}

trial=0
midway=0
wrong=
while [ $trial -lt "$trials" ]; do
	trial=$((trial + 1))
	begin
	wait_a_while
	power_off
	mv "$work/db" "$work/left"
	mkdir "$work/db"
	cp "$work/left/test.db" "$work/db/"
	if [ -f "$work/left/test.db-wal" ]; then
		cp "$work/left/test.db-wal" "$work/db/"
		# What was being written may have arrived in part.
		random 5000
		[ $((r % 2)) -eq 0 ] && head -c $((r + 1)) /dev/urandom \
		    >>"$work/db/test.db-wal"
	fi
	rm -rf "$work/left"
	[ "$(query 'PRAGMA integrity_check')" = ok ] ||
	    wrong="$wrong $trial:integrity"
	[ -z "$(query 'PRAGMA foreign_key_check')" ] ||
	    wrong="$wrong $trial:references"
	[ "$(query 'SELECT count(*) FROM copy WHERE asked OR need > 0')" -eq 0 ] ||
	    midway=$((midway + 1))
	for server in $three; do
		sim "$server" POST /pace >/dev/null
	done
	once || wrong="$wrong $trial:sync"
	for state in $(wrong_states); do
		wrong="$wrong $trial:$state"
	done
	[ "$(query 'SELECT count(*) FROM copy WHERE asked OR need > 0')" -eq 0 ] ||
	    wrong="$wrong $trial:owed"
done
is "$wrong" "" "after $trials power cuts, always the same final state"
echo "# $midway times something was asked or owed at that moment"
# A busy machine is slow to see how far it has got.
[ $((midway * 10)) -ge "$trials" ]
ok $? "and the power often went in the middle of it"

done_testing
