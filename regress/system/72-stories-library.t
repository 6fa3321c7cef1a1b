#!/bin/sh
# Stories (see 70-stories.t) of files that are replaced, renamed, added and
# removed, and of lists that come back empty or cut.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
common="--catalogue 7 --items 300 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 10.11.11 --seed 1
# shellcheck disable=SC2086
start_sim cellar $common --version 12.0.0 --seed 2 --copies 1000
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"

minute=600000000		# ticks

file() {			# file SERVER ITEM WHAT
	sim "$1" POST "/item?item=$2&what=$3" >/dev/null ||
	    bail_out "file $*"
}

runtime() {			# runtime SERVER ITEM: ticks
	sim "$1" GET "/items?from=$2&count=1" |
	    gojq -r '[.[] | select(.Removed != true)][0].RunTimeTicks'
}

both() {			# both ITEM STATE NAME
	holds attic alice "$1" "$2" "$3"
	holds cellar alice "$1" "$2" "and so it is on the other server"
}

# Films of cellar are there twice, in 1080p and in 4K: let most be one file.
sim cellar GET /items | gojq -r '.[] | select(.Copy == 2) | .ItemId' \
    >"$work/seconds"
while read -r second; do
	file cellar "$second" remove
done <"$work/seconds"

# A season that cellar gets later.
new=$(sim cellar GET /items | gojq -r '[.[] | select(.Type == "Episode")] |
    .[-12:][] | .Number')
for number in $new; do
	file cellar "$number" remove
done
start_daemon
sync_now || bail_out "the first sync"

story "episodes added to one server unwatch them on the other"
for number in $new; do
	act attic alice "$number" finish "&date=2026-01-01T20:00:00Z"
done
sync_now
for number in $new; do
	file cellar "$number" restore
done
sync_now
is "$(state cellar alice)" "$(state attic alice)" "the new ones are watched"
is "$(state attic alice | grep -c "true	0	1	false	2026-01-01T20:00:00")" \
    12 "and so are the old ones"
wrote "0 12" "a write for each that is new"
quiet

story "a better file has come: the film is unwatched, here and everywhere"
next Movie
act cellar alice "$item" finish "&date=2026-01-01T20:00:00Z"
act cellar alice "$item" favorite
sync_now
reset_all
file attic "$item" "replace&runtime=$(($(runtime attic "$item") + 1000))"
sync_now
both "$item" "true 0 1 true 2026-01-01T20:00:00" "watched, and a favourite"
wrote "1 0" "one write, to the new file"
quiet

story "a renamed episode is unwatched, or counted twice"
next Episode
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
file cellar "$item" replace
file cellar "$item" "retitle&title=Another%20Name"
sync_now
both "$item" "true 0 1 false 2026-01-01T20:00:00" "watched once"
wrote "0 1" "one write, to the renamed one"
quiet

story "both servers replace a file in the same night: nobody remembers"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
file attic "$item" replace
file cellar "$item" replace
sync_now
both "$item" "true 0 1 false 2026-01-01T20:00:00" "it is still watched"
wrote "1 1" "one write to each"
quiet

story "the old file is deleted after the new one was found: unwatched"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
second=$(sim cellar GET "/items?from=$item&count=1" |
    gojq -r '.[] | select(.Copy == 2) | .ItemId')
file cellar "$second" restore
sync_now
wrote "0 1" "one write, to the new file beside the old one"
file cellar "$item" remove
sync_now
is "$(item_state cellar alice "$item")" \
    "true 0 1 false 2026-01-01T20:00:00" "the new file is watched"
holds attic alice "$item" "true 0 1 false 2026-01-01T20:00:00" \
    "and on the other server nothing has happened"
quiet

story "another cut: the position of one is set in the other"
next Movie
act cellar alice "$item" partial "&percent=50&date=2026-01-01T20:00:00Z"
sync_now
half=$(item_state cellar alice "$item" | cut -d' ' -f2)
holds attic alice "$item" "false $half 1 false 2026-01-01T20:00:00" \
    "half watched, in the same cut"
reset_all
file attic "$item" \
    "replace&runtime=$(($(runtime attic "$item") + 12 * minute))"
sync_now
holds attic alice "$item" "false 0 1 false 2026-01-01T20:00:00" \
    "the longer cut has no position"
holds cellar alice "$item" "false $half 1 false 2026-01-01T20:00:00" \
    "the shorter one keeps its own"
wrote "1 0" "one write"
quiet
act attic alice "$item" finish "&date=2026-01-02T20:00:00Z"
sync_now
both "$item" "true 0 2 false 2026-01-02T20:00:00" "finished in either"

story "a file that vanishes unmarks, and one that is back comes unwatched"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
file attic "$item" remove
sync_now
sync_now
holds cellar alice "$item" "true 0 1 false 2026-01-01T20:00:00" \
    "it stays watched where it is"
wrote "0 0" "nothing is written"
set_state attic alice "$item" "played=0&position=0&count=0&date="
file attic "$item" restore
sync_now
both "$item" "true 0 1 false 2026-01-01T20:00:00" "and where it is back"
wrote "1 0" "one write"
quiet

attic_was=$(state attic alice)
cellar_was=$(state cellar alice)
unharmed() {			# unharmed NAME
	is "$(state attic alice)" "$attic_was" "$1: attic is as it was"
	is "$(state cellar alice)" "$cellar_was" "$1: so is cellar"
	wrote "0 0" "$1: nothing is written"
}

story "a list that comes back empty or cut unwatches all that is not in it"
json="&type=application/json"
for what in "empty-list&request=identity" "empty-list&request=state_played" \
    "empty-list&request=state_resumable" "empty-list&request=state_favorite" \
    "short-page&request=state_played" "wrong-total&total=1&path=/Items" \
    "cut-body&bytes=900&count=2&path=/Items" \
    "status&status=200&path=/Items$json&body=%7B%7D"; do
	reset_all
	fault attic "kind=$what"
	sync_now
	no_faults attic
	unharmed "${what%%&*} (${what##*[=/]})"
done

story "a disk that is not mounted: all films of a server are gone, then back"
films=$(sim cellar GET /items |
    gojq -r '.[] | select(.Type == "Movie" and .Removed != true) | .ItemId')
for film in $films; do
	file cellar "$film" remove
done
sync_now
sync_now
is "$(state attic alice)" "$attic_was" "the other server keeps them"
for film in $films; do
	file cellar "$film" restore
done
sync_now
unharmed "back again"

# A server's list by ids still shows what its user may not see any more, with
# what he did before, and refuses to write it.
films() {			# films HOW-MANY: one with a history each
	count=0
	while [ "$count" -lt "$1" ]; do
		next Movie
		act cellar alice "$item" finish "&date=2026-01-15T20:00:00Z"
		count=$((count + 1))
	done
}

may_see() {			# may_see LIBRARY,...
	sim cellar POST "/server?what=folders&name=alice&folders=$1" \
	    >/dev/null || bail_out "may_see $1"
}

parked() {
	ctl -j show pending | gojq '[.writes[] | select(.state == "parked")] | length'
}

story "a person who may not see a library any more has unwatched it"
films 3
act attic alice "$item" favorite
sync_now
sync_now
attic_was=$(state attic alice)
may_see Shows
reset_all
sync_now
sync_now
is "$(state attic alice)" "$attic_was" "nothing is unwatched elsewhere"
is "$(ctl -j show held | gojq '.held | length')" 0 "and nothing is held"
gone=$item
act attic alice "$gone" unmark
sync_now
next Movie
act attic alice "$item" finish "&date=2026-02-01T20:00:00Z"
sync_now
is "$(item_state cellar alice "$item")" "" "what she may not see is not written"
holds attic alice "$item" "true 0 1 false 2026-02-01T20:00:00" "nor unwatched"
is "$(parked)" 2 "two writes wait until she may see them"
reset_all
sync_now
wrote "0 0" "and are not tried in vain meanwhile"
attic_was=$(state attic alice)
may_see Movies,Shows
sync_now
is "$(state attic alice)" "$attic_was" "and nothing is when she may again"
holds cellar alice "$item" "true 0 1 false 2026-02-01T20:00:00" \
    "what she watched elsewhere meanwhile has come after one sync"
is "$(item_state cellar alice "$gone" | cut -d' ' -f1-4)" "false 0 0 true" \
    "and so has what she unmarked"
is "$(parked)" 0 "nothing waits any more"
quiet

done_testing
