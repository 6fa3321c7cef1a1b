#!/bin/sh
# What people have told of programs such as this one, each story with whole
# daemons, and harmless here: every server ends right, and nothing is written
# where nothing is owed.
#
#   70-stories.t	plays, marks, counts and favourites
#   71-stories-time.t	dates, clocks, zones, and servers that come later
#   72-stories-library.t	files and lists that come and go
#   73-stories-same.t	what is the same work, and what is not
#   74-stories-people.t	people, servers, and much at once
#
# A heading names what goes wrong elsewhere.  Columns of a state: played,
# position, play count, favourite, last played.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 300 \
    --user alice:a
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 300 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"

position() {			# position SERVER ITEM PERCENT: in ticks
	sim "$1" GET "/items?from=$2&count=1" |
	    gojq -r --argjson p "$3" '(.[0].RunTimeTicks / 100 | floor) * $p'
}

both() {			# both ITEM STATE NAME
	holds attic alice "$1" "$2" "$3"
	holds cellar alice "$1" "$2" "and so it is on the other server"
}

story "a film finished on one server is half watched again, from the other"
next Movie
half=$(position attic "$item" 50)
act attic alice "$item" partial "&percent=50&date=2026-01-01T20:00:00Z"
sync_now
both "$item" "false $half 1 false 2026-01-01T20:00:00" "half watched"
reset_all
sim attic POST "/server?what=down" >/dev/null
act cellar alice "$item" finish "&date=2026-01-02T20:00:00Z"
sync_now
sim attic POST "/server?what=up" >/dev/null
sync_now
both "$item" "true 0 2 false 2026-01-02T20:00:00" "it stays finished"
wrote "1 0" "one write, to the server that was away"
quiet

story "an old half-watched state, heard late, undoes a finished film"
next Movie
act cellar alice "$item" finish "&date=2026-01-05T20:00:00Z"
act attic alice "$item" partial "&percent=50&date=2026-01-03T20:00:00Z"
sync_now
both "$item" "true 0 2 false 2026-01-05T20:00:00" "finished, and both plays"
wrote "1 1" "one write to each"
quiet

story "marked played without a new date: nobody notices"
next Movie
act attic alice "$item" partial "&percent=40&date=2020-05-05T05:05:05Z"
sync_now
reset_all
act attic alice "$item" mark
sync_now
both "$item" "true 0 1 false 2020-05-05T05:05:05" "a mark with an old date"
wrote "0 1" "one write, to the other server"
quiet

story "marked played with a date of years ago: older than the last sync"
next Movie
act cellar alice "$item" partial "&percent=10&date=2026-02-02T10:00:00Z"
sync_now
reset_all
act cellar alice "$item" mark "&date=2019-03-03T10:00:00Z"
sync_now
both "$item" "true 0 2 false 2019-03-03T10:00:00" "an old date is news too"
wrote "1 0" "one write"
quiet

story "unmarked on one server: the next sync marks it again"
for from in attic cellar; do
	next Episode
	act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
	sync_now
	reset_all
	act $from alice "$item" unmark
	sync_now
	both "$item" "" "unmarked on $from"
	wrote "$([ $from = attic ] && echo 0 1 || echo 1 0)" \
	    "one write, to the other server"
	quiet
	both "$item" "" "for good"
done

story "a watched episode started by mistake is unwatched everywhere"
next Episode
act cellar alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
act attic alice "$item" start "&date=2026-01-09T20:00:00Z"
act attic alice "$item" stop "&percent=1"
holds attic alice "$item" "false 0 2 false 2026-01-09T20:00:00" \
    "10.11 forgets that it was played"
sync_now
both "$item" "true 0 2 false 2026-01-09T20:00:00" "it stays watched"
wrote "1 1" "one write to each"
quiet

story "a few seconds of a film leave it among those to be resumed elsewhere"
next Movie
# A bare date and count are in no set: without this they would not be heard.
act attic alice "$item" favorite
sync_now
reset_all
act attic alice "$item" start "&date=2026-01-09T20:00:00Z"
act attic alice "$item" stop "&percent=1"
sync_now
both "$item" "false 0 1 true 2026-01-09T20:00:00" "no position anywhere"
wrote "0 1" "one write, of date and count"
quiet

story "a half-watched episode marked as watched keeps its position elsewhere"
next Episode
act cellar alice "$item" partial "&percent=60&date=2026-01-01T20:00:00Z"
sync_now
reset_all
act cellar alice "$item" mark
sync_now
both "$item" "true 0 1 false 2026-01-01T20:00:00" "watched, without a position"
wrote "1 0" "one write"
quiet

story "the position of a rewatch is not synced, since it was watched before"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
reset_all
act cellar alice "$item" partial "&percent=30&date=2026-01-04T20:00:00Z"
sync_now
both "$item" "true $(position attic "$item" 30) 2 false 2026-01-04T20:00:00" \
    "watched, with the position of the rewatch"
wrote "1 0" "one write"
quiet

story "who goes back in a film is moved on again: the greater position wins"
next Movie
act attic alice "$item" partial "&percent=70&date=2026-01-01T20:00:00Z"
sync_now
reset_all
act cellar alice "$item" partial "&percent=20&date=2026-01-04T20:00:00Z"
sync_now
both "$item" "false $(position attic "$item" 20) 2 false 2026-01-04T20:00:00" \
    "the position is where the person left it"
wrote "1 0" "one write"
quiet

story "every sync adds a play"
next Episode
for day in 1 2 3; do
	act attic alice "$item" finish "&date=2026-01-0${day}T20:00:00Z"
done
sync_now
act cellar alice "$item" finish "&date=2026-01-04T20:00:00Z"
act attic alice "$item" finish "&date=2026-01-05T20:00:00Z"
sync_now
both "$item" "true 0 5 false 2026-01-05T20:00:00" "five plays are five"
quiet
stop_daemon
start_daemon
sync_now
quiet
both "$item" "true 0 5 false 2026-01-05T20:00:00" \
    "after syncs and a restart as well"

story "a favourite brings a play with it, or a play takes a favourite away"
next Movie
act attic alice "$item" favorite
sync_now
both "$item" "false 0 0 true none" "a favourite, and nothing else"
wrote "0 1" "one write"
reset_all
act cellar alice "$item" partial "&percent=50&date=2026-01-04T20:00:00Z"
act attic alice "$item" unfavorite
sync_now
half=$(position attic "$item" 50)
both "$item" "false $half 1 false 2026-01-04T20:00:00" \
    "the position of one, the end of the favourite of the other"
wrote "1 1" "one write to each"
reset_all
act attic alice "$item" favorite
act cellar alice "$item" unmark
sync_now
both "$item" "false 0 0 true none" "an unmark leaves the favourite alone"
quiet

story "a server says yes to a mark and does not keep it: marked at every sync"
next Movie
odd=$item
next Movie
fault attic "kind=ignored&request=userdata_write&count=1"
act cellar alice "$odd" finish "&date=2026-01-04T20:00:00Z"
sync_now
act cellar alice "$item" finish "&date=2026-01-05T20:00:00Z"
sync_now
sync_now
wrote "2 0" "one write of each, and no second try in the same minute"
holds attic alice "$item" "true 0 1 false 2026-01-05T20:00:00" \
    "others are synced meanwhile"
holds cellar alice "$odd" "true 0 1 false 2026-01-04T20:00:00" \
    "what was refused is not lost where it was played"
ctl -j show audit | gojq -e '[.audits[] |
    select(.result == "answered differently")] | length == 1' >/dev/null
ok $? "and the audit says that it was answered differently"

done_testing
