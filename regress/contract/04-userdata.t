#!/bin/sh
# What writing userdata does: the whole tuple, parts of it, clearing it, what
# people's clients send instead, and what is refused.

. "$(dirname "$0")/lib.sh"

nobody_id=feedfacefeedfacefeedface00000001

# The answer to a write that must be refused.
refused()
{
	problem_is "$1" "$2: $1, problem details"
}

# Without its fraction.
date_in_body()
{
	gojq -r .LastPlayedDate <"$body" | sed 's/\.[0-9]\{1,7\}Z$/Z/'
}

# As the listing has it.
listed_date()
{
	echo "$(state "$item" | cut -d ' ' -f 5)Z"
}

begin
pick
half=$((item_ticks / 2))

#
# The tuple.
#

set_state "$item" false 0 0 false none
state_is "$item" 'false 0 0 false none' 'the default state'
facts '{ "no date: the property is missing":
    (.Items[0].UserData | has("LastPlayedDate") | not) }'

write "$item" "{\"Played\":true,\"PlayCount\":3,\"PlaybackPositionTicks\":\
$half,\"IsFavorite\":true,\"LastPlayedDate\":\"2021-05-06T07:08:09Z\"}"
answered_is "true $half 3 true 2021-05-06T07:08:09" \
    'a write answers with the userdata'
answer_is 200 application/json 'and that is JSON'
state_is "$item" "true $half 3 true 2021-05-06T07:08:09" \
    'the listing by id says the same at once'
get "/UserItems/$item/UserData?userId=$uid"
answer_is 200 application/json 'GET /UserItems/{item}/UserData answers'
facts '{ "with userdata, stale or not":
    (has("Played") and has("PlayCount") and has("PlaybackPositionTicks") and
    has("IsFavorite") and has("Key")) }'

write "$item" '{"Played":false}'
answered_is "false $half 3 true 2021-05-06T07:08:09" 'played alone'
write "$item" '{"PlayCount":5}'
answered_is "false $half 5 true 2021-05-06T07:08:09" 'the count alone'
write "$item" '{"PlaybackPositionTicks":7000000}'
answered_is 'false 7000000 5 true 2021-05-06T07:08:09' 'the position alone'
write "$item" '{"IsFavorite":false}'
answered_is 'false 7000000 5 false 2021-05-06T07:08:09' 'the favourite alone'
write "$item" '{"LastPlayedDate":"2022-06-07T08:09:10Z"}'
answered_is 'false 7000000 5 false 2022-06-07T08:09:10' 'the date alone'
write "$item" '{"Played":null,"PlayCount":null,"IsFavorite":null,
    "PlaybackPositionTicks":null,"LastPlayedDate":null}'
answered_is 'false 7000000 5 false 2022-06-07T08:09:10' \
    'null changes nothing: a date cannot be cleared'
state_is "$item" 'false 7000000 5 false 2022-06-07T08:09:10' \
    'and that is what the listing says'
state_is "$other" "$(states_of "$scratch/saved" |
    gojq -r --arg id "$other" '.[] | select(.[0] == $id) | .[1]')" \
    'another item is as it was'

write "$item" "{\"PlaybackPositionTicks\":$((item_ticks * 2))}"
state_is "$item" "false $((item_ticks * 2)) 5 false 2022-06-07T08:09:10" \
    'nothing is clamped: a position beyond the runtime'
write "$item" '{"PlaybackPositionTicks":-5}'
state_is "$item" 'false -5 5 false 2022-06-07T08:09:10' \
    'nothing is clamped: a position of -5'
write "$item" '{"PlayCount":-1,"PlaybackPositionTicks":0}'
state_is "$item" 'false 0 -1 false 2022-06-07T08:09:10' \
    'nothing is clamped: a count of -1'
write "$third" '{"Played":true,"PlayCount":1}'
is "$status" 200 "$third_type: it is written likewise"
is "$(state "$third" | cut -d ' ' -f 1,3)" 'true 1' \
    "$third_type: and read likewise"

#
# Dates.
#

write "$item" '{"LastPlayedDate":"2021-05-06T07:08:09.1234567Z"}'
is "$(date_in_body)" 2021-05-06T07:08:09Z \
    'a date with a fraction comes back with 0 to 7 digits of it'
write "$item" '{"LastPlayedDate":"2021-05-06T07:08:09Z"}'
is "$(date_in_body) $(listed_date)" \
    '2021-05-06T07:08:09Z 2021-05-06T07:08:09Z' 'a date in UTC is kept'

# Anything but Z: 12 answers with another date than it keeps.
write "$item" '{"LastPlayedDate":"2021-05-06T07:08:09"}'
is "$(listed_date)" 2021-05-06T07:08:09Z 'without a zone it is UTC'

# With an offset, even one of zero, it becomes what clocks show where the
# server is, and is then called UTC.
write "$item" '{"LastPlayedDate":"2021-05-06T07:08:09+00:00"}'
zone=$(($(as_seconds "$(listed_date)") - \
    $(as_seconds 2021-05-06T07:08:09Z)))
is "$((zone % 900 == 0 && zone >= -50400 && zone <= 50400))" 1 \
    "an offset is converted to the server's own zone"
write "$item" '{"LastPlayedDate":"2021-05-06T07:08:09+02:00"}'
is "$(listed_date)" \
    "$(as_date $(($(as_seconds 2021-05-06T05:08:09Z) + zone)))" \
    'likewise another one'
write "$item" '{"LastPlayedDate":"2021-05-06T23:08:09-02:30"}'
is "$(listed_date)" \
    "$(as_date $(($(as_seconds 2021-05-07T01:38:09Z) + zone)))" \
    'and across midnight'

#
# Clearing.
#

set_state "$item" true "$half" 4 true 2021-05-06T07:08:09
clear_played "$item"
answered_is 'false 0 0 true none' 'DELETE clears all but the favourite'
answer_is 200 application/json 'and answers with the userdata'
state_is "$item" 'false 0 0 true none' 'and that is what the listing says'
facts '{ "the date is gone from it":
    (.Items[0].UserData | has("LastPlayedDate") | not) }'
clear_played "$item"
answered_is 'false 0 0 true none' 'DELETE of what is clear is no error'

#
# What people's clients send.
#

set_state "$item" false "$half" 2 false 2021-05-06T07:08:09
post "/UserPlayedItems/$item?userId=$uid"
is "$status" 200 'a mark without a date answers'
is "$(state "$item" | cut -d ' ' -f 1,2,5)" 'true 0 2021-05-06T07:08:09' \
    'it sets played, position 0, and keeps the old date'
post "/UserPlayedItems/$item?userId=$uid&datePlayed=2023-01-02T03:04:05Z"
is "$status" 200 'a mark with a date answers'
state_is "$item" 'true 0 3 false 2023-01-02T03:04:05' \
    'it sets the date, and the count grows'

post "/UserFavoriteItems/$item?userId=$uid"
answered_is 'true 0 3 true 2023-01-02T03:04:05' \
    'a favourite changes nothing else'
delete "/UserFavoriteItems/$item?userId=$uid"
answered_is 'true 0 3 false 2023-01-02T03:04:05' \
    'nor does taking it back'

#
# What is refused, and changes nothing.
#

write "$nobody_id" '{"Played":true}'
refused 404 'a write to an unknown item'
clear_played "$nobody_id"
refused 404 'clearing an unknown item'
post "/UserItems/$item/UserData?userId=$nobody_id" '{"Played":true}'
if since 10 11; then
	refused 404 'a write for an unknown user'
else
	is "$status" 404 'a write for an unknown user: 404'
fi
delete "/UserPlayedItems/$item?userId=$nobody_id"
refused 404 'clearing for an unknown user'
write not-an-id '{"Played":true}'
refused 400 'a malformed id'
write "$item" '{"Played":fal'
refused 400 'malformed JSON'
write "$item" '{"Played":false,"LastPlayedDate":"yesterday"}'
refused 400 'a malformed date'
call POST "/UserItems/$item/UserData?userId=$uid" \
    -H 'Content-Type: text/plain' -d '{"Played":false}'
is "$status" 415 'what is not JSON: 415'
state_is "$item" 'true 0 3 false 2023-01-02T03:04:05' \
    'what was refused changed nothing'

finish
