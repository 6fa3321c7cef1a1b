#!/bin/sh
# A restored backup takes many marks back at once, and a live server tells of
# each of them: they are held all the same.

LIVE=auto
. "$(dirname "$0")/../lib.sh"

start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 300 \
    --user alice:a --notice-ms 100
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 300 \
    --user alice:a --notice-ms 100
begin_config
for server in attic cellar; do
	configure_client "$server" "user: alice"
done

held() {
	ctl -j show held | gojq '.held | length'
}

played() {			# played SERVER: how many of the sixty
	state "$1" alice | awk '$1 >= 100 && $1 < 160 && $2 == "true"' |
	    wc -l | tr -d ' '
}

each() {			# each WHAT: done to all sixty, on the attic
	for n in $(seq 100 159); do
		act attic alice "$n" "$1"
	done
}

start_daemon
wait_for is_up attic 1 && wait_for is_up cellar 1 && wait_for idle ||
    bail_out "it does not become live"
sleep 4		# what becoming live makes due has been read by then
wait_for idle

each mark
wait_for eval '[ "$(played cellar)" -eq 60 ] && idle'
ok $? "sixty marks travel"
reset_counts attic
each unmark
wait_for eval '[ "$(held)" -ge 50 ] && idle'
ok $? "sixty unmarks are held"
left=$(played cellar)
is "$((left + 60 - left - $(held)))" "$((60 - left))" \
    "what is not was heard before there were too many"
[ "$left" -ge 50 ]
ok $? "and elsewhere the marks stay ($left of 60)"
is "$(counts attic identity)" 0 "the list of all items is not read for it"
ctl discard server attic >/dev/null
wait_for eval '[ "$(played attic)" -eq "$(played cellar)" ] && idle'
ok $? "discarded: they are back"
is "$(played attic)" "$left" "all that were held"

done_testing
