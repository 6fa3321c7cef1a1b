#!/bin/sh
# Several files of one movie: alternate versions, which are one listed item,
# and two folders with the same ids, which are two.

. "$(dirname "$0")/lib.sh"

# The userdata of the other version, as it is in the list of what can be
# resumed; empty if it is not in there.
resumable()
{
	get "/UserItems/Resume?userId=$uid&mediaTypes=Video"
	gojq -r --arg id "$1" "$state_def"'
	    .Items[] | select(.Id == $id) | .UserData | state' <"$body"
}

# The userdata of a version, as GET shows it, which may be a little late: in
# the end it is this.
version_is()
{
	for pause in 0 0.2 0.5 1 1 1; do
		sleep $pause
		get "/UserItems/$version_id/UserData?userId=$uid"
		found=$(gojq -r "$state_def"' state' <"$body")
		[ "$found" != "$1" ] || break
	done
	is "$found" "$1" "$2"
}

item_state()
{
	state "$1" | cut -d ' ' -f 1,2
}

skip_versions()
{
	for name in "$@"; do
		skip "$name" "$reason"
	done
}

#
# Two files in one folder.
#

test_sources()
{
	get "$(state_listing "ids=$listed")&fields=MediaSources"
	facts '{
		"MediaSources has the ids of all versions":
		    (.Items[0].MediaSources | length == $count),
		"the own id of the item is among them":
		    any(.Items[0].MediaSources[]; .Id == $id),
		"each of them once": (.Items[0].MediaSources |
		    map(.Id) | length == (unique | length))
	}' --arg id "$listed" --argjson count "$listed_sources"
	set -- $(gojq -r --arg id "$listed" '[.Items[0].MediaSources[] |
	    select(.Id != $id)][0] | "\(.Id) \(.RunTimeTicks)"' <"$body")
	version_id=$1
	version_ticks=$2
	get "/Items?$always&ids=$listed&fields=MediaSources\
&enableUserData=false"
	facts '{ "and as nobody, the same": (.Items[0].MediaSources |
	    length == $count and any(.[]; .Id == $id)) }' \
	    --arg id "$version_id" --argjson count "$listed_sources"
	get "$(identity)"
	cp "$body" "$scratch/identity"
	facts '{ "a version is in no listing":
	    (any($all[0].Items[]; .Id == $id) | not) }' \
	    --arg id "$version_id" --slurpfile all "$scratch/identity"
	get "$(state_listing "ids=$version_id")"
	is "$status $(gojq -c .Items <"$body")" '200 []' \
	    'a version is not listed by ids= either'
}

play_version()
{
	start "$listed" 0 "\"MediaSourceId\":\"$version_id\""
	stop "$listed" $((version_ticks / 100 * $1)) \
	    "\"MediaSourceId\":\"$version_id\""
}

# Up to 10.11 all userdata is the item's.
test_shared()
{
	set_state "$listed" false 0 0 false none
	play_version 30
	is "$(item_state "$listed")" "false $((version_ticks / 100 * 30))" \
	    'before 12: playing a version moves the position of the item'
	play_version 95
	is "$(item_state "$listed")" 'true 0' \
	    'before 12: finishing a version makes the item played'
	reason='the userdata of versions is the own only from 12 on'
	skip_versions 'a version answers with its own userdata' \
	    'a version is written' 'a version can be resumed' \
	    'the log names the listed item' 'clearing the item clears all' \
	    'what makes one version played' 'several positions'
}

# From 12 on every version has its own.
test_own()
{
	get "/UserItems/$version_id/UserData?userId=$uid"
	answer_is 200 application/json \
	    'a version answers with its own userdata'
	save_version "$version_id"
	write "$version_id" '{"IsFavorite":false}'
	set_state "$listed" false 0 0 false none

	start "$listed" 0 "\"MediaSourceId\":\"$version_id\""
	as=key
	get /Sessions
	facts '{ "its session names the listed item": any(.[];
	    .NowPlayingItem.Id == $item and
	    .PlayState.MediaSourceId == $version) }' \
	    --arg item "$listed" --arg version "$version_id"
	stop "$listed" $((version_ticks / 100 * 30)) \
	    "\"MediaSourceId\":\"$version_id\""
	started=$(state "$listed")
	is "$(echo "$started" | cut -d ' ' -f 1,2)" 'false 0' \
	    'playing a version leaves the item at position 0'
	is "$([ "${started##* }" = none ] || echo dated)" dated \
	    'but the item has the new date'
	get "$(state_listing 'filters=IsResumable')"
	facts '{ "the item is not in the resumable set":
	    (any(.Items[]; .Id == $id) | not) }' --arg id "$listed"
	is "$(resumable "$version_id" | cut -d ' ' -f 1,2)" \
	    "false $((version_ticks / 100 * 30))" 'a version can be resumed'
	get "/System/ActivityLog/Entries?hasUserId=true&limit=20"
	facts '{ "the log names the listed item": (.Items |
	    any(.[]; .ItemId == $item) and
	    (any(.[]; .ItemId == $version) | not)) }' \
	    --arg item "$listed" --arg version "$version_id"

	clear_played "$listed"
	is "$status $(resumable "$version_id")" '200 ' \
	    'clearing the item clears all'

	write "$version_id" "{\"PlaybackPositionTicks\":$((version_ticks / 2)),\
\"LastPlayedDate\":\"2021-05-06T07:08:09Z\"}"
	is "$status $(gojq .PlaybackPositionTicks <"$body")" \
	    "200 $((version_ticks / 2))" 'a version is written'
	version_is "false $((version_ticks / 2)) 0 false 2021-05-06T07:08:09" \
	    'and GET shows it'
	test_positions
	play_version 95
	is "$(item_state "$listed" | cut -d ' ' -f 1)" true \
	    'finishing a version shows the item as played'
	test_marks
}

# Of several versions with a position.
test_positions()
{
	write "$listed" "{\"PlaybackPositionTicks\":$((version_ticks / 4)),\
\"LastPlayedDate\":\"2021-05-05T07:08:09Z\"}"
	is "$(state "$listed")" \
	    "false $((version_ticks / 4)) 0 false 2021-05-06T07:08:09" \
	    'an item shows its own position, and the later date'
	is "$(resumable "$listed")" '' \
	    'of two positions, the one played before is not resumable'
	get "$(state_listing 'filters=IsResumable')"
	facts '{ "and not in that set": (any(.Items[]; .Id == $id) | not) }' \
	    --arg id "$listed"
	get "/UserItems/Resume?userId=$uid&mediaTypes=Video\
&enableTotalRecordCount=false"
	facts '{ "without a total, it is the number of items":
	    (.TotalRecordCount == (.Items | length)) }'
}

# Whatever makes one played makes all others played, and takes their positions;
# their counts and dates stay.
test_marks()
{
	is "$(state "$listed" | cut -d ' ' -f 1-4)" 'true 0 0 false' \
	    'without its position, and with its own count'
	finished=$(state "$listed" | cut -d ' ' -f 5)
	version_is "true 0 1 false $finished" 'the date is that of the version'
	start "$listed" 0
	stop "$listed" $((version_ticks / 2))
	is "$(state "$listed" | cut -d ' ' -f 1-3)" \
	    "true $((version_ticks / 2)) 1" 'the item played again at half'
	play_version 30
	is "$(state "$listed" | cut -d ' ' -f 1-3)" 'true 0 1' \
	    'loses its position to a version that is played again'
	clear_played "$version_id"
	is "$status $(state "$listed")" '200 false 0 0 false none' \
	    'clearing a version clears the item'
	version_is 'false 0 0 false none' 'and the version'
	post "/UserPlayedItems/$listed?userId=$uid&\
datePlayed=2021-05-06T07:08:09Z" ''
	version_is 'true 0 0 false none' \
	    'a mark of the item marks the version, without count and date'
	write "$version_id" '{"IsFavorite":true}'
	is "$(state "$listed" | cut -d ' ' -f 4)" false \
	    'a favourite is that of the version alone'
}

test_versions()
{
	save "$listed"
	test_sources
	if since 12 0; then
		test_own
	else
		test_shared
	fi
	restored_is
}

#
# Two folders with the same ids.
#

# Both are read before one is written: servers up to 10.10 file userdata
# under the ids, and keep it apart only for items they have in memory.
test_same_ids()
{
	save "$1" "$2"
	set_state "$1" false 0 0 false none
	set_state "$2" false 0 0 false none
	state_is "$1" 'false 0 0 false none' 'two folders, same ids: clear'
	state_is "$2" 'false 0 0 false none' 'and the other one too'
	write "$1" '{"Played":true,"PlayCount":2,"IsFavorite":true}'
	is "$(state "$1" | cut -d ' ' -f 1-4)" 'true 0 2 true' \
	    'writing one of them changes it'
	state_is "$2" 'false 0 0 false none' \
	    'and does not change the other one'
	restored_is
}

begin
sign_in
get "$(state_listing 'fields=ProviderIds,MediaSourceCount')"
cp "$body" "$scratch/movies"

set -- $(gojq -r '[.Items[] | select(.Type == "Movie" and
    (.MediaSourceCount // 1) > 1 and .RunTimeTicks >= 7200000000)][0] //
    empty | "\(.Id) \(.MediaSourceCount)"' <"$scratch/movies")
if [ $# -eq 2 ]; then
	listed=$1
	listed_sources=$2
	test_versions
else
	reason='no movie of the server has alternate versions'
	skip_versions 'the versions of a movie' 'their userdata'
fi

set -- $(gojq -r '[.Items[] | select(.Type == "Movie" and
    (.ProviderIds.Imdb // "" | test("^tt[0-9]{7,}$")))] |
    group_by(.ProviderIds.Imdb) | map(select(length > 1))[0] // [] |
    .[0:2][].Id' <"$scratch/movies")
if [ $# -eq 2 ]; then
	test_same_ids "$@"
else
	reason='no two movies of the server have the same id'
	skip_versions 'two folders, same ids'
fi

finish
