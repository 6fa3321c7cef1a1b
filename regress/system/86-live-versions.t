#!/bin/sh
# An alternate version is told of by its own id, or by its item's; it is read at
# once, with all of its group.

LIVE=auto
. "$(dirname "$0")/../lib.sh"

start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 60 \
    --versions 1000 --user alice:a --notice-ms 100
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 60 \
    --user alice:a --notice-ms 100
begin_config
for server in attic cellar; do
	configure_client "$server" "user: alice"
done

version() {			# version NUMBER: the id of the first one
	sim attic GET "/items?from=$1&count=1" |
	    gojq -r '[.[] | select(.VersionOf)][0].ItemId'
}

runtime() {			# runtime NUMBER
	sim attic GET "/items?from=$1&count=1" | gojq -r '.[0].RunTimeTicks'
}

files() {			# files NUMBER: how many the attic has of it
	sim attic GET "/items?from=$1&count=1" | gojq length
}

# All files of a number hold that, on both servers: played, position, count,
# favourite.
all_hold() {			# all_hold NUMBER "STATE"
	for server in attic cellar; do
		item_state $server alice "$1" | cut -d' ' -f1-4
	done >"$work/all"
	[ "$(grep -cFx "$2" "$work/all")" -eq $(($(files "$1") + 1)) ]
}

start_daemon
wait_for is_up attic 1 && wait_for is_up cellar 1 && wait_for idle ||
    bail_out "it does not become live"
sleep 4		# what becoming live makes due has been read by then
wait_for idle

limit=20
for server in attic cellar; do
	reset_counts "$server"
done
act attic alice "$(version 1)" partial "&percent=30"
wait_for all_hold 1 "false $(($(runtime 1) / 100 * 30)) 1 false"
ok $? "a stop of an alternate version is in every file of it"
act cellar alice 2 partial "&percent=40"
wait_for all_hold 2 "false $(($(runtime 2) / 100 * 40)) 1 false"
ok $? "a stop elsewhere too"
act attic alice "$(version 1)" finish
wait_for all_hold 1 "true 0 2 false"
ok $? "the version is seen to its end"
act attic alice 3 finish
wait_for all_hold 3 "true 0 1 false"
ok $? "and another by its item"
act attic alice "$(version 4)" favorite
wait_for all_hold 4 "false 0 0 true"
ok $? "a favourite version, which no list shows"
sleep 4		# the notices of what was written have been read by then
wait_for idle
is "$(($(counts attic listings) + $(counts cellar listings)))" 0 \
    "no list was read for any of it"
written="$(writes attic) $(writes cellar)"
sync_now
sync_now
is "$(writes attic) $(writes cellar)" "$written" "nothing is written twice"

# What takes something back
cleared() {			# cleared NUMBER
	[ -z "$(item_state attic alice "$1")" ] &&
	    [ -z "$(item_state cellar alice "$1")" ]
}
act cellar alice 1 unmark
wait_for cleared 1
ok $? "an unmark clears all of them"
is "$(counts attic identity) $(counts cellar identity)" "2 2" \
    "of which the list of all items knows nothing"

done_testing
