#!/bin/sh
# Told at once: servers that support it say what changes, and it is on the
# others without anybody asking for a sync.  Each way in which the connection
# may fail is recovered from, and a round makes up for what was missed.

LIVE=auto
. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 300 --user alice:a --user bob:b"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --notice-ms 100
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2 --notice-ms 100
# shellcheck disable=SC2086
start_sim den $common --version 10.9.11 --seed 3
begin_config
for server in attic cellar den; do
	configure_client "$server" "users:" "  alice: alice" "  bob: bob"
done

live_error() {
	ctl -j show servers | gojq -r --arg name "$1" \
	    '.servers[] | select(.name == $name) | .live_error'
}

shows() {			# shows SERVER USER NUMBER STATE
	[ "$(item_state "$1" "$2" "$3")" = "$4" ]
}

same() {			# same NUMBER [USER]: on attic and cellar
	a=$(item_state attic "${2:-alice}" "$1")
	[ -n "$a" ] && [ "$a" = "$(item_state cellar "${2:-alice}" "$1")" ]
}

gone() {			# gone SERVER USER NUMBER
	[ -z "$(item_state "$1" "$2" "$3")" ]
}

# Within two seconds, not a minute: the next round is minutes away.
soon() {			# soon NAME COMMAND ...
	soon_name=$1
	shift
	limit=2
	wait_for "$@"
	ok $? "$soon_name"
	limit=${TEST_LIMIT:-60}
}

start_daemon
for server in attic cellar; do
	wait_for is_up "$server" 2
	ok $? "$server: live"
done
wait_for live_is den "not supported"
ok $? "10.9: not supported"
is "$(counts den socket)" 0 "10.9 is not even asked"
wait_for idle
ok $? "the first sync ends"

# What a person does

act attic alice 7 partial "&percent=40"
soon "a stop is on the other server" same 7
is "$(item_state cellar alice 7 | cut -d' ' -f1,3,4)" "false 1 false" \
    "as it was on the first"
soon "and on one that is not live itself" shows den alice 7 \
    "$(item_state attic alice 7)"
act cellar alice 9 mark
soon "a mark" same 9
# What takes something back waits for a reading of that user's marks, which
# begins by itself; the list of all items is not read for it.
sleep 3.5		# what becoming live makes due has been read by then
wait_for idle
reset_counts attic
reset_counts cellar
act attic alice 9 unmark
limit=5
wait_for gone cellar alice 9
ok $? "an unmark, within seconds"
limit=${TEST_LIMIT:-60}
wait_for idle
is "$(counts attic state_played) $(counts attic identity)" "2 0" \
    "after one reading of what each user has played there, and no more"
is "$(counts cellar listings)" 0 "nothing is listed where it went"
act cellar bob 11 favorite
soon "a favourite, of somebody else" same 11 bob
act cellar bob 11 unfavorite
soon "it is taken back" gone attic bob 11
gone attic alice 11
ok $? "nobody else got it"
act attic alice 13 start
soon "a start" shows cellar alice 13 "$(item_state attic alice 13)"
act attic alice 13 stop "&percent=95"
soon "its end, right after it" same 13
is "$(item_state cellar alice 13 | cut -d' ' -f1,2)" "true 0" \
    "it is played there too"

# Where nothing tells of it, a round does

act den alice 15 mark
sync_now
same 15
ok $? "10.9: a sync finds it"

# Our own writes come back

# Nothing was asked for as long as a notice takes to be read.
notices_read() {
	before="$(counts attic total) $(counts cellar total)"
	sleep 2.5
	[ "$(counts attic total) $(counts cellar total)" = "$before" ]
}

wait_for idle
wait_for notices_read
for server in attic cellar den; do
	reset_counts "$server"
done
for n in 20 21 22 23 24 25 26 27; do
	act attic alice $n mark
done
soon "eight marks" same 27
wait_for notices_read
wait_for idle
is "$(writes attic)" 0 "own writes cause none where the change was"
is "$(writes cellar)" 8 "and no second one where they went"
# 8 items before they are written, in one or more batches, and after.
reads=$(counts cellar ids)
[ "$reads" -le 16 ]
ok $? "at most one reading of each after it was written ($reads in all)"
sim cellar GET /sockets | gojq -e '.[0].Notices >= 1' >/dev/null
ok $? "of which there were notices"
is "$(($(counts attic listings) + $(counts cellar listings)))" 0 \
    "no list was read for any of it"

# A burst of notices for one item

reset_counts attic
reset_counts cellar
set_state attic alice 30 "played=1&count=1&date=2026-01-01T00:00:00Z"
sim attic POST "/sockets?what=flood&user=alice&item=30&n=1000" >/dev/null
act attic alice 30 favorite
soon "after 1,000 notices: the last state" same 30
is "$(item_state cellar alice 30 | cut -d' ' -f1,4)" "true true" \
    "with what came last"
sleep 2
reads=$(counts attic ids)
[ "$reads" -le 5 ]
ok $? "1,000 notices: few readings ($reads)"
written=$(writes cellar)
[ "$written" -le 3 ]
ok $? "and few writes ($written)"

# A notice while the item is being read: it is read once more.  The first
# answer is made before the favourite and arrives after it.

sleep 1.5		# whatever else is to be read of attic has been
fault attic "kind=slow&bytes=300&request=ids&count=1"
before=$(counts attic ids)
act attic alice 36 mark
being_read() {
	[ "$(counts attic ids)" -gt "$before" ]
}
wait_for being_read
sleep 0.2
gone cellar alice 36
ok $? "it is being read"
act attic alice 36 favorite
limit=8
wait_for eval 'same 36 && item_state cellar alice 36 | cut -d" " -f1,4 |
    grep -q "^true true"'
ok $? "a change while the item is being read is not lost"
limit=${TEST_LIMIT:-60}
no_faults attic

# What is being played moves all the time

act attic alice 32 start
soon "a start" same 32
reset_counts cellar
for percent in 10 12 14 16 18 20 22 24; do
	set_state attic alice 32 "percent=$percent"
	sim attic POST "/sockets?what=flood&user=alice&item=32&n=20" >/dev/null
	sleep 0.5
done
is "$(writes cellar)" 1 "a position that moves is written once a minute"
act attic alice 32 stop "&percent=60"
soon "its stop is written at once" same 32
is "$(writes cellar)" 2 "with one write"

# A message may come in pieces

sim attic POST "/sockets?what=fragment" >/dev/null
act attic alice 34 mark
soon "a notice in three frames" same 34

# What goes wrong with the connection.  The daemon begins anew for each pair,
# since the pauses before it connects again grow.

# A change that no notice tells of, as one while nobody was connected.
unseen() {			# unseen SERVER NUMBER
	set_state "$1" alice "$2" "played=1&count=1&date=2026-02-01T00:00:00Z"
}

connected_again() {		# connected_again SERVER CONNECTIONS-BEFORE
	[ "$(counts "$1" socket)" -gt "$2" ] && is_up "$1" 2
}

begin_anew() {
	stop_daemon
	start_daemon
	wait_for is_up attic 2 && wait_for is_up cellar 2 && wait_for idle ||
	    bail_out "it does not become live again"
	on_attic=$(counts attic socket)
	on_cellar=$(counts cellar socket)
}

recovers() {			# recovers SERVER CONNECTIONS NUMBER NAME
	wait_for connected_again "$1" "$2"
	ok $? "$4: live again"
	wait_for same "$3"
	ok $? "$4: what was missed meanwhile is found"
}

# Of what it waits for, half and a bit more: a silent server is soon known.
for server in attic cellar; do
	sim $server POST "/server?what=sockets&keep_alive=2" >/dev/null
done
n=40
for pair in "cut close" "oversize huge" "garbage deep" "noise silence" \
    "half reset"; do
	one=${pair% *}
	other=${pair#* }
	begin_anew
	sim attic POST "/sockets?what=$one" >/dev/null
	if [ $other = reset ]; then
		# All at once, as when a server is started again.
		sim cellar POST "/server?what=down" >/dev/null
		wait_for live_is cellar down
		ok $? "a server that is away: not live"
		wait_for eval 'live_error cellar |
		    grep -q "^WebSocket: connection refused"'
		ok $? "and why"
		unseen cellar $((n + 1))
		sim cellar POST "/server?what=up" >/dev/null
	else
		sim cellar POST "/sockets?what=$other" >/dev/null
		unseen cellar $((n + 1))
	fi
	unseen attic $n
	recovers attic "$on_attic" $n "$one"
	recovers cellar "$on_cellar" $((n + 1)) "$other"
	n=$((n + 2))
done

# It is kept alive, both ways

begin_anew
sleep 3
is "$(counts attic socket) $(counts cellar socket)" "$on_attic $on_cellar" \
    "a quiet connection lasts longer than the server waits"

# A kept connection that is closed instead of an answer, as proxies do

fault cellar "kind=cut-before&request=session_user&count=1"
sim cellar POST "/sockets?what=cut" >/dev/null
wait_for connected_again cellar "$on_cellar"
is "$(counts cellar socket)" $((on_cellar + 1)) \
    "a kept connection that is closed costs no other one"
on_cellar=$(counts cellar socket)

# A key that is revoked

sim attic POST "/server?what=revoke-key&key=$api_key" >/dev/null
sim attic POST "/sockets?what=cut" >/dev/null
fault cellar "kind=status&status=502&request=socket&count=1"
sim cellar POST "/sockets?what=cut" >/dev/null
wait_for live_is attic down
wait_for eval 'live_error attic | grep -q "API key is wrong or was revoked"'
ok $? "a revoked key: not live, and why"
ctl status | grep -q "^! attic: not live for"
ok $? "status says so"
wait_for connected_again cellar "$on_cellar"
ok $? "a proxy's error passes"
sim attic POST "/server?what=add-key&key=$api_key" >/dev/null
wait_for connected_again attic "$on_attic"
ok $? "with the key back it is live again"
act attic alice 60 mark
soon "and says what changes" same 60
! grep -q "$api_key" "$work/daemon.log"
ok $? "no key in the log"

# Another one, of a server that keeps the connection all the same

wait_for live_is cellar up || bail_out "cellar is not live"
on_cellar=$(counts cellar socket)
sim cellar POST "/server?what=revoke-key&key=$api_key" >/dev/null
sync_now
is "$(live cellar)" down "a server that refuses the key is not live"
live_error cellar | grep -q "API key is wrong or was revoked"
ok $? "and why is said"
ctl status | grep -q "^cellar  *failing  *10.11.11  *down "
ok $? "status shows it as failing and down"
sim cellar POST "/server?what=add-key&key=$api_key" >/dev/null
sync_now
wait_for connected_again cellar "$on_cellar"
ok $? "with the key back it is live again"

# Switched off

stop_daemon
sed -i 's/live: auto/live: off/' "$config"
sockets=$(counts attic socket)
start_daemon
wait_for idle
is "$(live attic) $(live cellar)" "off off" "switched off"
is "$(counts attic socket)" "$sockets" "nobody connects"

done_testing
