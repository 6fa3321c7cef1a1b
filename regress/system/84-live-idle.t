#!/bin/sh
# What a server costs that tells us of all changes itself, and what one does
# that could not for a while.

. "$(dirname "$0")/../lib.sh"

LIVE=auto
servers="attic cellar"
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 200 \
    --user alice:a
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 200 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
wait_for is_up attic 1 && wait_for is_up cellar 1 || bail_out "not live"

total() {
	echo "$(counts attic total) $(counts cellar total)"
}

# Becoming live makes a round due, some seconds later.
nothing_asked() {
	before=$(total)
	sleep 4
	[ "$(total)" = "$before" ]
}

wait_for idle
wait_for nothing_asked || bail_out "it is never quiet"
clock_round
reset_all
clock_round
is "$(total)" "1 1" "one request for each server"
is "$(counts attic news) $(counts cellar news)" "1 1" "for what is new on it"

# What a plan has read is forgotten with it, and so closes no gap.
ctl plan >/dev/null
reset_all
clock_round
is "$(counts attic count_played) $(counts cellar count_played)" "1 1" \
    "after a plan there is more to look at"
reset_all
clock_round
is "$(total)" "1 1" "once"

# A new item is looked at by who is live, too.
act attic alice 5 finish
followed() {
	[ -n "$(item_state cellar alice 5)" ]
}
wait_for followed || bail_out "not live"
wait_for nothing_asked
sim cellar POST "/item?item=5&what=replace" >/dev/null
clock_round
wait_for followed
ok $? "a file that was replaced is filled again"

# A gap, in which a change is made that nobody tells of
wait_for nothing_asked
reset_all
sim attic POST "/sockets?what=cut" >/dev/null
set_state attic alice 9 "played=1&position=0&count=0&date="
marked() {
	[ -n "$(item_state cellar alice 9)" ]
}
wait_for marked
ok $? "what nobody told of is found after a gap"
is "$(counts attic identity)" 0 "without reading all items"
wait_for nothing_asked
reset_all
clock_round
is "$(total)" "1 1" "after which it is as cheap as before"

done_testing
