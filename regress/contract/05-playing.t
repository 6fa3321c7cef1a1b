#!/bin/sh
# What playing does to userdata, and where else it shows: in the sessions and
# in the activity log.  A client is played, with the user's own token.

. "$(dirname "$0")/lib.sh"

old=2020-01-02T03:04:05

percent()
{
	echo $((item_ticks / 100 * $1))
}

# part FIELDS NAME WANTED: some fields of the item's state.
part()
{
	is "$(state "$item" | cut -d ' ' -f "$1")" "$3" "$2"
}

# The session of the player, as one object, or null.
session()
{
	get "/Sessions?deviceId=$player_device"
	gojq -c --arg id "$player_device" \
	    '[.[] | select(.DeviceId == $id)][0]' <"$body" >"$scratch/session"
	cp "$scratch/session" "$body"
}

# stopped_at PERCENT LEAVES-POSITION LEAVES-PLAYED: from unplayed.
stopped_at()
{
	set_state "$item" false 0 0 false none
	start "$item" 0
	stop "$item" "$(percent "$1")"
	part 1,2,3 "stopped at $1 %: played $3, position $2, one play" \
	    "$3 $2 1"
}

begin
pick
sign_in

#
# From start to stop.
#

set_state "$item" false "$(percent 20)" 1 true $old
get /System/Info/Public
before=$(server_clock)
start "$item" "$(percent 20)"
is "$status" 204 'a start is taken'
after=$(server_clock)
started=$(state "$item")
date=${started##* }
is "${started% *}" "false $(percent 20) 2 true" \
    'a start: the count grows by one, the position is kept'
seconds=$(as_seconds "${date}Z")
is "$((seconds >= before - 2 && seconds <= after + 2))" 1 \
    'a start: the date is now'

progress "$item" "$(percent 40)" '"IsPaused":true'
is "$status" 204 'a progress is taken'
state_is "$item" "false $(percent 40) 2 true $date" \
    'a progress: the position alone'

session
facts '{
	"the session has the UserId": (.UserId == $user),
	"the session has the DeviceId": (.DeviceId == $device),
	"the session has an Id": (.Id | type == "string" and . != ""),
	"the session has NowPlayingItem.Id": (.NowPlayingItem.Id == $item),
	"the session has the position":
	    (.PlayState.PositionTicks == $position),
	"the session is paused": (.PlayState.IsPaused == true),
	"the session has LastPlaybackCheckIn":
	    (.LastPlaybackCheckIn | test("^\\d{4}-\\d\\d-\\d\\dT.*Z$"))
}' --arg user "$uid" --arg device "$player_device" --arg item "$item" \
    --argjson position "$(percent 40)"
get /Sessions
facts '{ "among all sessions there is one that plays it":
    ([.[] | select(.UserId == $user and .NowPlayingItem.Id == $item)] |
    length == 1) }' --arg user "$uid" --arg item "$item"
get '/Sessions?deviceId=no-such-device'
is "$(gojq -c . <"$body")" '[]' 'deviceId= leaves other sessions out'

progress "$item" "$(percent 2)"
state_is "$item" "false 0 2 true $date" \
    'a progress at 2 %: position 0, as a stop there'
progress "$item" "$(percent 95)"
state_is "$item" "true 0 2 true $date" \
    'a progress at 95 %: played, before any stop'
progress "$item" "$(percent 30)"
state_is "$item" "true $(percent 30) 2 true $date" \
    'and back to 30 %: it stays played'
progress "$item" "$(percent 45)" '"IsPaused":false'
session
facts '{ "after going on the session is not paused":
    (.PlayState.IsPaused == false) }'

stop "$item" "$(percent 50)"
is "$status" 204 'a stop is taken'
state_is "$item" "true $(percent 50) 2 true $date" \
    'a stop: the position alone, not the date'
session
facts '{ "after the stop nothing plays":
    (. == null or .NowPlayingItem == null) }'

stopped_at 4 0 false
stopped_at 6 "$(percent 6)" false
stopped_at 89 "$(percent 89)" false
stopped_at 91 0 true

set_state "$item" false "$(percent 20)" 0 false none
start "$item" "$(percent 20)"
as=player
post /Sessions/Playing/Stopped "{\"ItemId\":\"$item\"}"
as=key
playing=
part 1,2,3 'a stop without a position: the end, and a second play' 'true 0 2'

#
# Playing again what is played.  Before 12 a start takes played away.
#

if since 12 0; then
	again=true
else
	again=false
fi

set_state "$item" true 0 1 false $old
start "$item" 0
part 1,2,3 "a rewatch: played is $again after its start" "$again 0 2"
progress "$item" "$(percent 30)"
part 1,2,3 "a rewatch: played is $again after a progress" \
    "$again $(percent 30) 2"
stop "$item" "$(percent 50)"
part 1,2,3 "a rewatch: played is $again after a stop at half" \
    "$again $(percent 50) 2"

set_state "$item" true 0 1 false $old
start "$item" 0
stop "$item" "$(percent 2)"
part 1,2,3 "a rewatch: played is $again after a stop at 2 %" "$again 0 2"

start "$item" 0
stop "$item" "$(percent 95)"
part 1,2,3 'a rewatch: played after a stop near the end' 'true 0 3'

# Another one, an episode if there is any, is played in the same way.
set_state "$third" false 0 0 false none
start "$third" 0
stop "$third" $((third_ticks / 2))
is "$(state "$third" | cut -d ' ' -f 1,2,3)" \
    "false $((third_ticks / 2)) 1" "$third_type: likewise"

#
# The activity log.
#

log='/System/ActivityLog/Entries?hasUserId=true'

# The entries after the given id that name an item, oldest first, as lines.
entries_since()
{
	get "$log&limit=50&startIndex=0&minDate=$1"
	gojq -c --argjson id "$2" --arg user "$uid" \
	    '[.Items[] | select(.Id > $id and (.ItemId // "") != "" and
	    .UserId == $user)] | sort_by(.Id) |
	    map([.Type, .ItemId])' <"$body" 2>/dev/null
}

get "$log&limit=1"
last=$(gojq '.Items[0].Id // 0' <"$body")
minute_ago=$(as_date $(($(server_clock) - 60)))

post "/UserPlayedItems/$other?userId=$uid"
post "/UserFavoriteItems/$other?userId=$uid"
clear_played "$other"
start "$item" 0
stop "$item" "$(percent 50)"
wanted="[[\"VideoPlayback\",\"$item\"],[\"VideoPlaybackStopped\",\"$item\"]]"
for pause in 0 0.2 0.5 1 2; do
	sleep $pause
	entries=$(entries_since "$minute_ago" "$last")
	[ "$entries" != "$wanted" ] || break
done
is "$entries" "$wanted" \
    'the log has the start and the stop, and neither mark nor favourite'
facts '{
	"the log: TotalRecordCount, StartIndex and Items":
	    (.StartIndex == 0 and (.TotalRecordCount | type == "number") and
	    (.Items | type == "array")),
	"the log: Id is a number": all(.Items[]; .Id | type == "number"),
	"the log: newest first": ([.Items[].Id] | . == (sort | reverse)),
	"the log: Date is UTC": all(.Items[]; .Date | test("^\\d{4}.*Z$")),
	"the log: entries with a user": all(.Items[]; .UserId |
	    test("^[0-9a-f]{32}$") and (test("^0*$") | not))
}'

newest=$(gojq -r '.Items[0].Id' <"$body")
newest_date=$(gojq -r '.Items[0].Date' <"$body")
second=$(gojq -r '.Items[1].Id' <"$body")
get "$log&limit=1&startIndex=1"
is "$(gojq -c '[.Items[].Id]' <"$body")" "[$second]" \
    'the log: limit and startIndex'
get "$log&limit=50&minDate=$newest_date"
is "$(gojq --argjson id "$newest" '[.Items[].Id] | index($id) != null' \
    <"$body")" true 'the log: minDate is inclusive'
get "$log&limit=50&minDate=2100-01-01T00:00:00Z"
is "$(gojq -c .Items <"$body")" '[]' 'the log: nothing is of the future'

finish
