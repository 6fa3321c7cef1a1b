#!/bin/sh
# Alternate versions: on a server of version 12 each file of a movie has
# userdata of its own, and all of them are copies of one work.

. "$(dirname "$0")/../lib.sh"

# Every item of the attic has one or two versions; the others have none.
start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 60 \
    --versions 1000 --user alice:a
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 60 \
    --user alice:a
start_sim den --version 12.0.0 --seed 3 --catalogue 7 --items 60 \
    --user alice:a
begin_config
for server in attic cellar den; do
	configure_client "$server" "user: alice"
done

# What alice has of a number on a server, a line for each file, the listed item
# first: played, position, count, favourite, date.
copies() {			# copies SERVER NUMBER
	sim "$1" GET "/items?from=$2&count=1" >"$work/items"
	sim "$1" GET "/state?user=alice" | gojq -r --slurpfile items \
	    "$work/items" '. as $states | $items[0] |
	    map(select(.Removed != true)) | sort_by(.VersionOf != null)[] | .ItemId as $id |
	    ([$states[] | select(.ItemId == $id)][0] //
	    {Played: false, PlaybackPositionTicks: 0, PlayCount: 0,
	    IsFavorite: false}) | [.Played, .PlaybackPositionTicks,
	    .PlayCount, .IsFavorite, ((.LastPlayedDate // "none") | .[:19])] |
	    join(" ")'
}

version() {			# version NUMBER: the id of the first one
	sim attic GET "/items?from=$1&count=1" |
	    gojq -r '[.[] | select(.VersionOf and .Removed != true)][0].ItemId'
}

runtime() {			# runtime NUMBER
	sim attic GET "/items?from=$1&count=1" | gojq -r '.[0].RunTimeTicks'
}

field() {			# field SERVER NUMBER COLUMN, of the listed item
	copies "$1" "$2" | sed -n 1p | cut -d' ' -f"$3"
}

# All files of a number hold the same, on all servers.
same() {			# same NUMBER NAME
	for server in attic cellar den; do
		copies "$server" "$1"
	done | sort -u >"$work/all"
	is "$(wc -l <"$work/all" | tr -d ' ')" 1 "$2"
	[ "$(wc -l <"$work/all")" -eq 1 ] || sed 's/^/# /' "$work/all"
}

# A server of version 12 shows a change by GET a second late.  That is over.
ahead=0
sync_later() {
	ahead=$((ahead + 2))
	sim attic POST "/server?what=clock&skew=$ahead" >/dev/null
	sync_now
}

number_with_versions() {
	sim attic GET /items | gojq -r '[.[] | select(.VersionOf)] | length'
}

once || bail_out "the first sync"
is "$(sqlite3 "$work/db/test.db" "SELECT count(*) FROM item
    WHERE listed IS NOT NULL AND gone_since = 0")" \
    "$(number_with_versions)" "every version is found"
is "$(sqlite3 "$work/db/test.db" "SELECT count(*) FROM item AS a
    JOIN item AS i ON i.id = a.listed WHERE a.work IS NOT i.work
    OR i.listed IS NOT NULL")" 0 "and belongs to the work of its item"
is "$(writes attic) $(writes cellar) $(writes den)" "0 0 0" \
    "nothing was played: nothing is written"

# No request more for who has none.
for server in cellar den; do
	is "$(counts "$server" userdata_read resume ids)" 0 \
	    "$server, which has none, is asked for none"
done
[ "$(counts attic userdata_read)" -gt 0 ]
ok $? "the attic is asked for each of them"

start_daemon
sync_now || bail_out "sync"

is "$(field attic 1 2)" 0 "a version"
act attic alice "$(version 1)" partial "&percent=30"
is "$(field attic 1 2)" 0 "seen to 30 %: its item has no position"
sync_later
same 1 "a version seen to 30 % on the attic"
is "$(field cellar 1 2)" $(($(runtime 1) / 100 * 30)) \
    "is resumable on the cellar"
is "$(field cellar 1 3)" 1 "and counts once"

act cellar alice 2 partial "&percent=40"
sync_later
same 2 "an item seen to 40 % on the cellar"
is "$(copies attic 2 | cut -d' ' -f2 | sort -u)" \
    $(($(runtime 2) / 100 * 40)) "is resumable in every version"

act attic alice "$(version 1)" partial "&percent=80"
sync_later
same 1 "the version seen on"
is "$(field den 1 2) $(field den 1 3)" \
    "$(($(runtime 1) / 100 * 80)) 2" "to 80 %, at the second start"

act attic alice "$(version 1)" finish
sync_later
same 1 "a version that was finished"
is "$(field cellar 1 1) $(field cellar 1 2) $(field cellar 1 3)" "true 0 3" \
    "is played everywhere, and counts once"

act attic alice 3 finish
sync_later
same 3 "the listed item finished"
is "$(field cellar 3 1) $(field cellar 3 3)" "true 1" "is played, and once"

act cellar alice 4 finish
sync_later
same 4 "an item finished on the cellar"

# Seen again, all of it played: the others lose their positions to the one
# that is playing, which is nobody's act.
act attic alice "$(version 4)" partial "&percent=20"
sync_later
same 4 "a version seen again"
act attic alice "$(version 4)" partial "&percent=50"
sync_later
same 4 "and on"
is "$(field cellar 4 1) $(field cellar 4 2) $(field cellar 4 3)" \
    "true $(($(runtime 4) / 100 * 50)) 3" "stays played, with its position"
act attic alice "$(version 4)" start
sync_later
act attic alice "$(version 4)" progress "&percent=60"
sync_later
is "$(field cellar 4 2)" $(($(runtime 4) / 100 * 60)) \
    "a position that moves without a start travels"
act attic alice "$(version 4)" stop "&percent=70"
sync_later
same 4 "and when it has stopped, all are the same"
is "$(field cellar 4 2) $(field cellar 4 3)" \
    "$(($(runtime 4) / 100 * 70)) 4" "with that position"

# Clearing is of all at once.
reset_counts attic
act cellar alice 1 unmark
sync_later
same 1 "an unmark on the cellar"
is "$(field attic 1 1) $(field attic 1 5)" "false none" "unmarks all versions"
is "$(counts attic played_delete) $(counts attic userdata_write)" "1 0" \
    "with one request"
act attic alice 3 unmark
sync_later
same 3 "an unmark on the attic"
is "$(field cellar 3 1) $(field cellar 3 5)" "false none" "unmarks elsewhere"
act attic alice "$(version 4)" unmark
sync_later
same 4 "an unmark of a version"
is "$(field den 4 1)" false "unmarks elsewhere"

# Marks.
act attic alice 5 mark
sync_later
same 5 "a mark on the attic"
is "$(field cellar 5 1) $(field cellar 5 3)" "true 1" "travels, and counts once"
act attic alice 6 mark "&date=2026-02-03T04:05:06Z"
sync_later
same 6 "one with a date"
is "$(field cellar 6 3) $(field cellar 6 5)" "1 2026-02-03T04:05:06" \
    "travels with it"
act cellar alice 7 mark
sync_later
same 7 "a mark on the cellar"

# Favourites are of each version.
act cellar alice 8 favorite
sync_later
same 8 "a favourite of the cellar's"
is "$(field attic 8 4)" true "is one in every version"
act attic alice "$(version 8)" unfavorite
sync_later
same 8 "no favourite any more in one version"
is "$(field cellar 8 4)" false "is none anywhere"
act attic alice "$(version 9)" favorite
act cellar alice 9 finish
sync_later
same 9 "a favourite in one version, played elsewhere"
is "$(field den 9 1) $(field den 9 4)" "true true" "is both everywhere"

# A date that was never there, of what was played: cleared, and written anew.
set_state cellar alice 10 "played=1&count=2"
sync_later
same 10 "played without a date"
act attic alice "$(version 10)" mark "&date=2026-02-03T04:05:06Z"
sync_later
same 10 "marked in one version with one"
set_state cellar alice 10 "date="
reset_counts attic
sync_later
same 10 "which is then taken away on the cellar"
is "$(field attic 10 1) $(field attic 10 5)" "true none" \
    "stays played without a date"
is "$(counts attic played_delete)" 1 "all versions cleared at once"

# Another cut: no position, but the rest.
sim attic POST "/item?item=$(version 11)&what=retitle&title=Cut&runtime=$(($(runtime 11) + 1200000000))" >/dev/null
sim attic POST "/item?item=11&what=retitle&title=Cut" >/dev/null
sync_later			# or it is written before that is known
act cellar alice 11 partial "&percent=50"
sync_later
is "$(field attic 11 2)" $(($(runtime 11) / 100 * 50)) \
    "a version two minutes longer: the item has the position"
is "$(copies attic 11 | sed -n 2p | cut -d' ' -f2,3)" "0 1" \
    "the version only the rest"
act cellar alice 11 finish
sync_later
is "$(copies attic 11 | sed -n 2p | cut -d' ' -f1,2,3)" "true 0 2" \
    "finished, it is finished too"

# Both at once, neither heard.
act attic alice "$(version 12)" finish "&date=2026-01-01T20:00:00Z"
act cellar alice 12 partial "&percent=20&date=2026-01-03T20:00:00Z"
sync_later
same 12 "a version finished, and half seen elsewhere later"
is "$(field den 12 1) $(field den 12 2) $(field den 12 3)" \
    "true $(($(runtime 12) / 100 * 20)) 2" "is played, resumable, seen twice"
act cellar alice 12 unmark
act attic alice "$(version 12)" partial "&percent=60"
sync_later
same 12 "an unmark against a version's play that it did not know of"
is "$(field den 12 1)" true "loses"

# What has just been written is not read too early: a server shows its old
# state for a second, and that is nobody's act.
for turn in 1 2 3; do
	act cellar alice 13 partial "&percent=${turn}0"
	sync_now
	act cellar alice 13 finish
	sync_now
	act cellar alice 13 unmark
	sync_now
done
same 13 "changes one upon the other"
is "$(field cellar 13 1) $(field cellar 13 3)" "false 0" "leave the last"

# While a version is being played, none of them is written.
act attic alice "$(version 14)" start
sync_later
act cellar alice 14 finish
sync_later
is "$(field attic 14 1)" false "what is being played is not written"
act attic alice "$(version 14)" stop "&percent=50"
sync_later
same 14 "and is when it has stopped"
is "$(field attic 14 1)" true "played is not lost"

# Files that come and go.
act attic alice "$(version 15)" finish
sync_later
gone=$(version 15)
sim attic POST "/item?item=$gone&what=remove" >/dev/null
sync_later
is "$(field cellar 15 1)" true "a version that is gone unmarks nothing"
is "$(sqlite3 "$work/db/test.db" "SELECT count(*) FROM item WHERE
    gone_since > 0 AND listed IS NOT NULL")" 1 "it is known to be gone"
set_state attic alice "$gone" "played=0&position=0&count=0&date="
sim attic POST "/item?item=$gone&what=restore" >/dev/null
sync_later
same 15 "and is filled when it is back"
is "$(field attic 15 1)" true "with what was agreed"
act attic alice 16 finish
sync_later
sim attic POST "/item?item=16&what=remove" >/dev/null
sync_later
is "$(sqlite3 "$work/db/test.db" "SELECT count(*) FROM copy JOIN item
    ON id = item WHERE gone_since > 0")" 0 "an item goes with its versions"
sim attic POST "/item?item=16&what=restore" >/dev/null
sync_later
same 16 "and comes back with them"
sim attic POST "/item?item=16&what=replace" >/dev/null
sync_later
same 16 "a replaced file is filled in all its versions"
is "$(field attic 16 1)" true "and unmarks nothing"

# Quiet.
for server in attic cellar den; do
	reset_counts "$server"
done
sync_later
is "$(writes attic) $(writes cellar) $(writes den)" "0 0 0" \
    "then nothing is written"
is "$(counts cellar userdata_read resume) $(counts den userdata_read resume)" \
    "0 0" "and who has no versions is asked for none"
stop_daemon

# Answers that are lost, processes that are killed, in the middle of groups.
interrupted() {			# interrupted FAULT NAME
	fault attic "kind=cut-after&request=$1&count=1"
	once
	once
	no_faults attic
	once
	same 20 "$2: one of them"
	same 21 "$2: the other"
	is "$(sqlite3 "$work/db/test.db" \
	    'SELECT count(*) FROM copy WHERE asked')" 0 \
	    "$2: no write is left without an answer"
}
act cellar alice 20 finish
act cellar alice 21 partial "&percent=40"
interrupted userdata_write "an answer to a write lost"
is "$(field attic 20 3) $(field attic 21 3)" "1 1" "and nothing counts twice"
act cellar alice 20 unmark
act cellar alice 21 unmark
interrupted played_delete "an answer to a clearing lost"
is "$(field attic 20 1) $(field attic 21 2)" "false 0" "and it is cleared"
act cellar alice 20 finish
act attic alice "$(version 21)" finish
once

sim attic POST "/pace?latency_ms=20" >/dev/null
for turn in 1 2 3 4 5 6 7 8; do
	act cellar alice 20 unmark
	act cellar alice 21 finish
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	reset_counts attic
	written() {
		[ "$(writes attic)" -ge $((turn % 4)) ]
	}
	limit=5 wait_for written
	kill -KILL $(pgrep -P "$daemon_pid") 2>/dev/null
	kill -KILL "$daemon_pid" 2>/dev/null
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	act cellar alice 20 finish
done
sim attic POST /pace >/dev/null
once
once
same 20 "killed in the middle: unmarked and finished in turn"
same 21 "killed in the middle: finished again and again"
is "$(field attic 20 1) $(field attic 21 1)" "true true" "both are played"
for server in attic cellar den; do
	reset_counts "$server"
done
once
is "$(writes attic) $(writes cellar) $(writes den)" "0 0 0" \
    "and then nothing is written"

done_testing
