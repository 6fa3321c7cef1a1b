#!/bin/sh
# Stories (see 70-stories.t) of what is the same work, and what is not:
# copies, cuts, double episodes, specials, numbering, wrong and missing ids.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 300 \
    --user alice:a
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 300 \
    --user alice:a --copies 1000
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"

minute=600000000		# ticks

item() {			# item SERVER ITEM WHAT
	sim "$1" POST "/item?item=$2&what=$3" >/dev/null ||
	    bail_out "item $*"
}

find() {			# find SERVER JQ-FILTER: of GET /items
	sim "$1" GET /items | gojq -r "$2"
}

both() {			# both ITEM STATE NAME
	holds attic alice "$1" "$2" "$3"
	holds cellar alice "$1" "$2" "and so it is on the other server"
}

# Three episodes of one season, their series being some way into the list.
first=$(find attic '[.[] | select(.Season == 1 and .Episode == 2)][1].Number')
series() {			# series SERVER ITEM: its series' id
	sim "$1" GET "/items?from=$2&count=1" | gojq -r '.[0].SeriesId'
}

# What the stories need to be there from the beginning.

# A double episode in one file on attic, in two files on cellar.
double=$first
item attic $((double + 1)) remove
item attic "$double" "renumber&season=1&episode=2&end=3"

# Numbered through on attic, by seasons on cellar, with ids and without.
absolute=$(find attic '[.[] | select(.Season == 2 and .Episode == 1)][0].Number')
item attic "$absolute" "renumber&season=1&episode=61"
bare=$((absolute + 1))
item attic "$bare" "renumber&season=1&episode=62"
for server in $servers; do
	item $server "$bare" "reid&imdb=&tvdb="
done

# Specials: the same number as an episode, without ids of their own.
special=$(find attic '[.[] | select(.Season == 0 and .Episode == 1)][0].Number')
twin=$(find attic "[.[] | select(.SeriesId == \"$(series attic "$special")\" and
    .Season == 1 and .Episode == 1)][0].Number")
for number in $special $twin; do
	for server in $servers; do
		item $server "$number" "reid&imdb=&tvdb="
	done
done

# Two neighbouring episodes have each other's ids on cellar.
swapped=$((first + 4))
tvdb() {			# tvdb SERVER ITEM
	sim "$1" GET "/items?from=$2&count=1" | gojq -r '.[0].ProviderIds.Tvdb'
}
one=$(tvdb cellar $swapped)
other=$(tvdb cellar $((swapped + 1)))
item cellar $swapped "reid&imdb=&tvdb=$other"
item cellar $((swapped + 1)) "reid&imdb=&tvdb=$one"

start_daemon
sync_now || bail_out "the first sync"

story "a film in 1080p and in 4K: one of the two stays unwatched"
next Movie
fourk=$(find cellar ".[] | select(.Number == $item and .Copy == 2) | .ItemId")
act attic alice "$item" partial "&percent=50&date=2026-01-01T20:00:00Z"
sync_now
half=$(item_state attic alice "$item" | cut -d' ' -f2)
half="false $half 1 false 2026-01-01T20:00:00"
holds cellar alice "$item" "$half
$half" "half watched here: resumable in both"
act cellar alice "$fourk" finish "&date=2026-01-02T20:00:00Z"
sync_now
done="true 0 2 false 2026-01-02T20:00:00"
holds attic alice "$item" "$done" "finished in 4K: watched on the other server"
holds cellar alice "$item" "$done
$done" "and in 1080p"
wrote "1 3" "no more than a write for each change of each copy"
reset_all
act attic alice "$item" unmark
sync_now
holds attic alice "$item" "" "unmarked"
holds cellar alice "$item" "" "in either"
wrote "0 2" "one write to each of the two"
quiet

story "1080p and an extended 4K: the position of one is set in the other"
next Movie
fourk=$(find cellar ".[] | select(.Number == $item and .Copy == 2) | .ItemId")
longer=$(find cellar ".[] | select(.ItemId == \"$fourk\") |
    .RunTimeTicks + 20 * $minute")
item cellar "$fourk" "retitle&title=Extended&runtime=$longer"
sync_now
reset_all
act attic alice "$item" partial "&percent=50&date=2026-01-01T20:00:00Z"
sync_now
is "$(item_state cellar alice "$item" | sort)" \
    "false 0 1 false 2026-01-01T20:00:00
false $(item_state attic alice "$item" | cut -d' ' -f2) 1 false 2026-01-01T20:00:00" \
    "the position is in the same cut alone"
wrote "0 2" "one write to each copy"
act cellar alice "$fourk" finish "&date=2026-01-02T20:00:00Z"
sync_now
holds attic alice "$item" "$done" "finished is finished, whichever cut"
quiet

story "a double episode marks one half, or marks both when half is watched"
act cellar alice "$double" finish "&date=2026-01-01T20:00:00Z"
sync_now
is "$(item_state attic alice "$double")" "" \
    "one of two episodes does not mark the file with both"
act attic alice "$double" finish "&date=2026-01-03T20:00:00Z"
sync_now
is "$(item_state cellar alice $((double + 1)))" "" \
    "nor does the file with both mark another one"
holds cellar alice "$double" "true 0 1 false 2026-01-01T20:00:00" \
    "or count a play of the first one"
wrote "0 0" "nothing is written"
ctl -j show unmatched | gojq -e '[.unmatched[] |
    select(.reason == "numbers differ")] | length > 0' >/dev/null
ok $? "and it is said why"

story "a special marks the episode that has its number"
act attic alice "$special" finish "&date=2026-01-01T20:00:00Z"
sync_now
both "$special" "true 0 1 false 2026-01-01T20:00:00" "special 1 is watched"
both "$twin" "" "episode 1 is not"
wrote "0 1" "one write"
act cellar alice "$twin" finish "&date=2026-01-02T20:00:00Z"
sync_now
both "$twin" "true 0 1 false 2026-01-02T20:00:00" "until it is"
both "$special" "true 0 1 false 2026-01-01T20:00:00" "and the special as before"
quiet

story "numbered through on one server, by seasons on the other: wrong episode"
act attic alice "$absolute" finish "&date=2026-01-01T20:00:00Z"
act attic alice "$bare" finish "&date=2026-01-01T20:00:00Z"
sync_now
holds cellar alice "$absolute" "" "what its id alone says is not marked"
wrote "0 0" "nothing is written"
ctl -j show unmatched | gojq -e '[.unmatched[] |
    select(.reason == "numbers differ")] | length >= 2' >/dev/null
ok $? "what its id and its numbers disagree about is shown"
item attic "$absolute" "renumber&season=2&episode=1"
item attic "$bare" "renumber&season=2&episode=2"
sync_now
both "$absolute" "true 0 1 false 2026-01-01T20:00:00" \
    "and is watched once it is numbered alike"
both "$bare" "true 0 1 false 2026-01-01T20:00:00" "also without an id"
quiet

story "two episodes with each other's ids: the wrong one is marked"
act attic alice $swapped finish "&date=2026-01-01T20:00:00Z"
sync_now
is "$(item_state cellar alice $((swapped + 1)))" "" \
    "the one that has its id alone is not marked"
is "$(item_state cellar alice $swapped)" "" \
    "nor the one that has its number alone"
wrote "0 0" "nothing is written"

story "a remake, or a series of the same name: marked with the other one"
next Movie
remake=$item
next Movie
for server in $servers; do
	item $server "$item" "retitle&title=The%20Same%20Name"
	item $server "$remake" "retitle&title=The%20Same%20Name"
done
another=$(find attic "[.[] | select(.Season == 1 and .Episode == 1 and
    .Number != $twin)][1].Number")
namesake=$(find attic "[.[] | select(.Season == 1 and .Episode == 1 and
    .Number != $twin)][2].Number")
for server in $servers; do
	for number in $another $namesake; do
		item $server "$(series $server "$number")" \
		    "retitle&title=Night%20Shift"
		item $server "$number" "retitle&title=Pilot"
	done
done
sync_now
act attic alice "$remake" finish "&date=2026-01-01T20:00:00Z"
act attic alice "$another" finish "&date=2026-01-01T20:00:00Z"
sync_now
both "$item" "" "the other film is not watched"
both "$namesake" "" "nor the pilot of the other series"
holds attic alice "$remake" "true 0 1 false 2026-01-01T20:00:00" \
    "the remake is"
holds cellar alice "$another" "true 0 1 false 2026-01-01T20:00:00" \
    "and that pilot"
wrote "0 3" "a write for each file of them"
quiet

story "a film taken for another one: what was seen sticks to the wrong film"
next Movie
wrong=$item
next Movie
for id in imdb tmdb; do
	key=$(echo $id | sed 's/^./\U&/')
	eval "right_$id=$(find attic "[.[] | select(.Number == $item)][0].ProviderIds.$key")"
	eval "wrong_$id=$(find attic "[.[] | select(.Number == $wrong)][0].ProviderIds.$key")"
done
# shellcheck disable=SC2154
item attic "$item" "reid&imdb=$wrong_imdb&tmdb=$wrong_tmdb"
item attic "$wrong" remove
sync_now
act cellar alice "$wrong" finish "&date=2026-01-01T20:00:00Z"
sync_now
holds attic alice "$item" "true 0 1 false 2026-01-01T20:00:00" \
    "as it is identified, it is watched"
reset_all
# shellcheck disable=SC2154
item attic "$item" "reid&imdb=$right_imdb&tmdb=$right_tmdb"
item attic "$wrong" restore
# What changes works is heard as a first contact, if need be a reading later.
sync_now
sync_now
is "$(item_state cellar alice "$wrong" | sort -u)" \
    "true 0 1 false 2026-01-01T20:00:00" \
    "identified anew, it unwatches nothing"
holds attic alice "$wrong" "true 0 1 false 2026-01-01T20:00:00" \
    "and the film that it was taken for is watched where it is back"
quiet

story "a file without ids is matched by a name such as S01E01"
next Movie
for server in $servers; do
	item $server "$item" "reid&imdb=&tmdb="
	item $server "$item" "retitle&title=S01E01"
done
for number in $(find cellar ".[] | select(.Number == $item and .Copy == 2) |
    .ItemId"); do
	item cellar "$number" "reid&imdb=&tmdb="
done
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
is "$(item_state cellar alice "$item")" "" "it is matched with nothing"
wrote "0 0" "nothing is written"
ctl -j show unmatched | gojq -e '[.unmatched[] |
    select(.reason == "no ids")] | length >= 2' >/dev/null
ok $? "and shown, with what repairs it"

done_testing
