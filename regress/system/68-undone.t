#!/bin/sh
# Servers that undo what was written to them, or show what was there before:
# it is written again later and later, and never in a loop.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
common="--catalogue 7 --items 100 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"

half="false 25000000000 1 false 2026-01-01T20:00:00"
half_set="played=0&position=25000000000&count=1&favorite=0&date=2026-01-01T20:00:00Z"
whole="true 0 2 false 2026-01-02T20:00:00"

# Half watched on cellar, then finished on attic and so on cellar too.
finished() {
	next Movie
	set_state cellar alice "$item" "$half_set"
	sync_now
	act attic alice "$item" finish "&date=2026-01-02T20:00:00Z"
	sync_now
	holds cellar alice "$item" "$whole" "$1"
	reset_all
}

pending() {			# "STATE TRIES", a line for each
	ctl -j show pending | gojq -r '.writes[] | "\(.state) \(.tries)"'
}

waits() {			# seconds until the next try
	echo $(($(ctl -j show pending | gojq -r \
	    '.writes[0].next_try | sub("\\.[0-9]+"; "") | fromdateiso8601') - \
	    $(date +%s)))
}

is_between() {			# is_between NUMBER LEAST MOST NAME
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
	ok $? "$4"
}

# Nobody waits here for minutes to pass: the daemon finds that they have.
time_passes() {
	stop_daemon
	sqlite3 "$work/db/test.db" \
	    "UPDATE copy SET not_before = 1 WHERE not_before > 0"
	start_daemon
	sync_now
}

story "a server loses what is written to it, and is written again for ever"
finished "first it is there"
set_state cellar alice "$item" "$half_set"
sync_now
sync_now
sync_now
wrote "0 0" "nothing is written at once, however often it is read"
holds attic alice "$item" "$whole" "and nothing is taken back elsewhere"
is "$(pending)" "failing 1" "it is listed as failing"
is_between "$(waits)" 40 60 "and tried again in a minute"
is "$(ctl -j show held | gojq '.held | length')" 0 "nothing is held"
grep -q 'warning: has undone what was written there for alice: .* server=cellar' \
    "$work/daemon.log"
ok $? "the log names server, person and title"
reverted=$(ctl -j show audit | gojq -r '[.audits[] | select(.kind == "reverted")][0].id')
is "$(ctl undo "$reverted" 2>&1)" \
    "jellyporterctl: that is what its server did, and is written again" \
    "what the server did is nothing to undo"

for tries in 2 3 4; do
	reset_all
	time_passes
	holds cellar alice "$item" "$whole" "written again"
	wrote "0 1" "once"
	set_state cellar alice "$item" "$half_set"
	sync_now
	sync_now
	is "$(pending)" "failing $tries" "undone again: $tries"
done
is_between "$(waits)" 400 480 "it waits longer each time"

reset_all
time_passes
wrote "0 1" "the server keeps it at last"
sync_now
is "$(pending)" "" "nothing is pending"
time_passes
is "$(sqlite3 "$work/db/test.db" 'SELECT max(failures) FROM copy')" 0 \
    "and what failed before is forgotten"
holds attic alice "$item" "$whole" "the other server never noticed"
quiet

story "a server shows what was there before (rows that are stale)"
finished "first it is there"
fault cellar "kind=stale"
for round in 1 2 3 4 5 6; do
	sync_now
done
is_between "$(writes cellar)" 0 1 "it is written once more at most"
holds attic alice "$item" "$whole" "nothing is taken back elsewhere"
no_faults cellar
sync_now
sync_now
holds cellar alice "$item" "$whole" "and then it shows what was written"
holds attic alice "$item" "$whole" "which is no second play"
is "$(pending)" "" "nothing is pending"
quiet

story "a person's own act is taken for a server's"
finished "first it is there"
act cellar alice "$item" unmark
sync_now
is "$(item_state attic alice "$item")" "" "an unmark travels"
quiet

done_testing
