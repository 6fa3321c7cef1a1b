#!/bin/sh
# Stories (see 70-stories.t) of dates, clocks and zones, and of servers that
# come later.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
common="--catalogue 7 --items 300 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 10.11.11 --seed 1 --watched 200 \
    --resumable 20 --favorites 20
# shellcheck disable=SC2086
start_sim cellar $common --version 12.0.0 --seed 2 --zone 540
# shellcheck disable=SC2086
start_sim den $common --version 10.10.7 --seed 3 --first 50
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
history=$(state attic alice)

both() {			# both ITEM STATE NAME
	holds attic alice "$1" "$2" "$3"
	holds cellar alice "$1" "$2" "and so it is on the other server"
}

# The next one that attic has no history of.
next_fresh() {			# next_fresh Movie|Episode
	next "$1"
	while [ -n "$(item_state attic alice "$item")" ] ||
	    [ "$item" -lt 60 ]; do
		next "$1"
	done
}

story "old history arrives with the day of the sync as its date"
start_daemon
sync_now
is "$(state cellar alice)" "$history" \
    "an empty server is filled with the dates and counts there were"
is "$(state attic alice)" "$history" "and the other one is as it was"
wrote "0 $(echo "$history" | wc -l)" "a write for each that has a history"
quiet

story "a clock that is ahead: its plays win over all that comes after them"
sim attic POST "/server?what=clock&skew=8640000" >/dev/null
next_fresh Movie
act attic alice "$item" finish
sync_now
holds cellar alice "$item" "$(item_state attic alice "$item")" \
    "a film finished a hundred days ahead"
act cellar alice "$item" unmark
sync_now
both "$item" "" "an unmark a hundred days before it is news"
next_fresh Movie
act attic alice "$item" partial "&percent=70"
sync_now
reset_all
act cellar alice "$item" finish
sync_now
holds attic alice "$item" "$(item_state cellar alice "$item")" \
    "finished, a hundred days before it was half watched"
is "$(item_state attic alice "$item" | cut -d' ' -f1-3)" "true 0 2" \
    "is finished"
wrote "1 0" "one write"
quiet
ctl -j show servers | gojq -e '[.servers[] | select(.name == "attic")][0] |
    .clock_skew > 8630000' >/dev/null
ok $? "and the wrong clock is shown"

story "a clock set to the year 2000: its plays are older than everything"
sim attic POST "/server?what=clock&skew=-820000000" >/dev/null
next_fresh Episode
act cellar alice "$item" partial "&percent=50&date=2026-01-04T20:00:00Z"
sync_now
reset_all
act attic alice "$item" finish
sync_now
holds cellar alice "$item" "$(item_state attic alice "$item")" \
    "an episode finished before it was begun"
is "$(item_state cellar alice "$item" | cut -d' ' -f1-3)" "true 0 2" \
    "is finished"
wrote "0 1" "one write"
quiet
sim attic POST "/server?what=clock&skew=0" >/dev/null

story "a server in another zone: dates wander by nine hours with every sync"
next_fresh Movie
act attic alice "$item" finish "&date=2026-02-01T23:30:00Z"
sync_now
both "$item" "true 0 1 false 2026-02-01T23:30:00" "the same moment"
wrote "0 1" "one write"
quiet
next_fresh Movie
user=$(curl -sS -H "Authorization: MediaBrowser Token=\"$api_key\"" \
    "$(url cellar)/Users" | gojq -r '.[0].Id')
id=$(sim cellar GET "/items?from=$item&count=1" | gojq -r '.[0].ItemId')
curl -sS -X POST -H "Authorization: MediaBrowser Token=\"$api_key\"" \
    -H "Content-Type: application/json" \
    -d '{"Played":true,"PlayCount":1,"LastPlayedDate":"2026-02-01T23:30:00+00:00"}' \
    "$(url cellar)/UserItems/$id/UserData?userId=$user" \
    >/dev/null
sync_now
both "$item" "true 0 1 false 2026-02-02T08:30:00" \
    "a client's date is what that server, in its zone, takes it for"
quiet

story "no date at all: taken for now, or for the year 1"
next_fresh Movie
set_state cellar alice "$item" "played=1&count=1&date="
sync_now
both "$item" "true 0 1 false none" "played, nobody knows when"
wrote "1 0" "one write"
quiet
next_fresh Movie
set_state cellar alice "$item" "played=1&count=1&date=0001-01-01T00:00:00Z"
sync_now
holds attic alice "$item" "true 0 1 false none" "the year 1 is no date"
quiet

story "a new server with newer dates overwrites the others, or is overwritten"
# On all three, by attic's history; den has used its own for years.
film=$(echo "$history" | awk '$1 > 60 && $2 == "true" { print $1; exit }')
was=$(item_state attic alice "$film")
set_state den alice "$film" \
    "played=0&percent=40&count=1&date=2026-03-01T20:00:00Z"
next_fresh Movie
act den alice "$item" finish "&date=2026-03-02T20:00:00Z"
seen=$item
next_fresh Episode
act cellar alice "$item" partial "&percent=50&date=2026-03-01T20:00:00Z"
act den alice "$item" finish "&date=2026-02-01T20:00:00Z"
sync_now
stop_daemon
configure_client den "user: alice"
servers="attic cellar den"
reset_all
start_daemon
sync_now
is "$(item_state attic alice "$film" | cut -d' ' -f1)" true \
    "what was watched stays watched"
[ "$(item_state attic alice "$film" | cut -d' ' -f2)" -gt 0 ]
ok $? "with the newer position"
is "$(item_state attic alice "$film" | cut -d' ' -f3)" \
    "$(echo "$was" | cut -d' ' -f3)" "and the greater count"
for server in $servers; do
	holds $server alice "$seen" "true 0 1 false 2026-03-02T20:00:00" \
	    "what the new one has seen is seen on $server"
	is "$(item_state $server alice "$item" | cut -d' ' -f1,3)" "true 1" \
	    "finished on one, half watched on another: finished on $server"
done
is "$(writes attic) $(writes cellar)" "3 3" "three writes to each of the old"
is "$(writes den)" "$(state attic alice |
    awk -v seen="$seen" '$1 >= 50 && $1 != seen' | wc -l)" \
    "and to the new one what the others know, without what it knew itself"
is "$(state den alice)" "$(state attic alice | awk '$1 >= 50')" \
    "which it has now"
quiet

done_testing
