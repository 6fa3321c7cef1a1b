#!/bin/sh
# What /Items lists: identity without a user, state with one, sets, pages,
# items by id, and what it says to requests that make no sense.

. "$(dirname "$0")/lib.sh"

ids_of()
{
	gojq -c '[.Items[].Id]' <"$body"
}

total()
{
	gojq -r .TotalRecordCount <"$body"
}

# An id that no item and no user has, by number.
made_up()
{
	printf 'feedfacefeedfacefeedface%08x\n' "$1"
}

# COUNT of them, with commas between.
made_up_list()
{
	made_up_i=$1
	while [ "$made_up_i" -gt 1 ]; do
		printf 'feedfacefeedfacefeedface%08x,' "$made_up_i"
		made_up_i=$((made_up_i - 1))
	done
	made_up 1
}

begin
pick

#
# Identity: everything there is, without a user.
#

get "$(identity)"
answer_is 200 application/json 'the identity listing'
cp "$body" "$scratch/identity"
all_total=$(total)
facts '{
	"identity: TotalRecordCount, StartIndex and Items":
	    (.StartIndex == 0 and (.Items | type == "array") and
	    (.TotalRecordCount | type == "number")),
	"identity: without a limit the whole list":
	    (.TotalRecordCount == (.Items | length)),
	"identity: each id once":
	    ([.Items[].Id] | length == (unique | length)),
	"identity: Id is 32 lower-case hex digits":
	    all(.Items[]; .Id | test("^[0-9a-f]{32}$")),
	"identity: Type is what was asked for": all(.Items[];
	    .Type == "Movie" or .Type == "Episode" or .Type == "Series"),
	"identity: Name is text": all(.Items[]; .Name | type == "string"),
	"identity: ServerId is the Id of the server":
	    all(.Items[]; .ServerId == $id),
	"identity: ProviderIds is an object of texts, empty if none":
	    all(.Items[]; .ProviderIds | type == "object" and
	    all(.[]; type == "string")),
	"identity: RunTimeTicks is a number, or missing":
	    all(.Items[].RunTimeTicks; . == null or type == "number"),
	"identity: ProductionYear is a number, or missing":
	    all(.Items[].ProductionYear; . == null or type == "number"),
	"identity: an episode has numbers, or they are missing":
	    all(.Items[] | select(.Type == "Episode") |
	    (.IndexNumber, .IndexNumberEnd, .ParentIndexNumber);
	    . == null or type == "number"),
	"identity: SeriesId and SeasonId are ids, or missing":
	    all(.Items[] | select(.Type == "Episode") |
	    (.SeriesId, .SeasonId);
	    . == null or test("^[0-9a-f]{32}$")),
	"identity: an episode that has a SeriesId is of a Series listed":
	    (([.Items[] | select(.Type == "Series") | {(.Id): true}] | add) as
	    $series | all(.Items[].SeriesId | values; $series[.] == true)),
	"identity: no userdata unless wanted":
	    all(.Items[]; has("UserData") | not),
	"identity: IsFolder is true of series alone":
	    all(.Items[]; .IsFolder == (.Type == "Series")),
	"identity: MediaSourceCount only where it is more than 1":
	    all(.Items[].MediaSourceCount | values; . > 1)
}' --arg id "$server_id"

get "/Items?recursive=true&collapseBoxSetItems=false&isMissing=true\
&enableImages=false&includeItemTypes=Episode&enableUserData=false&limit=20"
name='missing episodes have the LocationType Virtual'
if [ "$status" = 200 ] && [ "$(gojq '.Items | length' <"$body")" = 0 ]; then
	skip "$name" 'the server lists no missing episode'
else
	facts '{ ($name): all(.Items[]; .LocationType == "Virtual") }' \
	    --arg name "$name"
fi

#
# State: what a user did with what that user may see.
#

begun=$(($(server_clock) - 1))
set_state "$item" true 0 2 false 2020-02-03T04:05:06
set_state "$other" false $((other_ticks / 2)) 1 false 2021-02-03T04:05:06
set_state "$third" false 0 0 true none

get "$(state_listing)"
answer_is 200 application/json 'the state listing'
cp "$body" "$scratch/state"
facts '(([$all[0].Items[] | {(.Id): true}] | add) as $known | {
	"state: without a limit the whole list":
	    (.TotalRecordCount == (.Items | length) and .StartIndex == 0),
	"state: nothing that the identity listing has not":
	    all(.Items[]; $known[.Id] == true),
	"state: movies and episodes only":
	    all(.Items[]; .Type == "Movie" or .Type == "Episode"),
	"state: Played is a boolean":
	    all(.Items[].UserData; .Played | type == "boolean"),
	"state: IsFavorite is a boolean":
	    all(.Items[].UserData; .IsFavorite | type == "boolean"),
	"state: PlayCount is a number":
	    all(.Items[].UserData; .PlayCount | type == "number"),
	"state: PlaybackPositionTicks is a number":
	    all(.Items[].UserData; .PlaybackPositionTicks | type == "number"),
	"state: Key is text":
	    all(.Items[].UserData; .Key | type == "string"),
	"state: a date is UTC with up to 7 digits, or it is missing":
	    all(.Items[].UserData | select(has("LastPlayedDate")); .LastPlayedDate |
	    test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,7})?Z$")),
	"state: PlayedPercentage is a number, or missing":
	    all(.Items[].UserData | select(has("PlayedPercentage"));
	    .PlayedPercentage | type == "number")
})' --slurpfile all "$scratch/identity"
name="state: ItemId is the item's id"
if since 10 11; then
	facts '{ ($name): all(.Items[]; .UserData.ItemId == .Id) }' \
	    --arg name "$name"
else
	skip "$name" 'before 10.11 it can be missing or all zeros'
fi
facts "$state_def"' [.Items[] | {(.Id): (.UserData | state)}] | add | {
	"state: a played item": (.[$m] == "true 0 2 false 2020-02-03T04:05:06"),
	"state: an item in the middle":
	    (.[$o] == "false \($p) 1 false 2021-02-03T04:05:06"),
	"state: a favourite item": (.[$e] == "false 0 0 true none")
}' --arg m "$item" --arg o "$other" --arg e "$third" \
    --arg p $((other_ticks / 2))

#
# Sets.
#

get "$(state_listing 'filters=IsPlayed')"
played_total=$(total)
facts '{
	"IsPlayed: has what is played": any(.Items[]; .Id == $m),
	"IsPlayed: and nothing else": all(.Items[]; .UserData.Played),
	"IsPlayed: all of it": (.TotalRecordCount ==
	    ($all[0] | [.Items[] | select(.UserData.Played)] | length))
}' --arg m "$item" --slurpfile all "$scratch/state"
get "$(state_listing 'filters=IsPlayed&limit=0')"
is "$(total)" "$played_total" 'IsPlayed: its count alone, with limit=0'
get "$(state_listing 'filters=IsResumable')"
facts '{
	"IsResumable: has what has a position": any(.Items[]; .Id == $o),
	"IsResumable: and nothing else":
	    all(.Items[]; .UserData.PlaybackPositionTicks > 0)
}' --arg o "$other"
get "$(state_listing 'filters=IsFavorite')"
facts '{
	"IsFavorite: has what is a favourite": any(.Items[]; .Id == $e),
	"IsFavorite: and nothing else": all(.Items[]; .UserData.IsFavorite)
}' --arg e "$third"

for filter in IsPlayed IsResumable IsFavorite; do
	get "$(state_listing "ids=$item,$third,$other&filters=$filter")"
	ids_of
done >"$scratch/sets"
is "$(paste -sd' ' "$scratch/sets")" \
    "[\"$item\"] [\"$other\"] [\"$third\"]" \
    'each of these sets can be asked for by ids as well'

get "$(state_listing "ids=$item,$third,$other")&sortBy=DatePlayed\
&sortOrder=Descending"
is "$(ids_of)" "[\"$other\",\"$item\",\"$third\"]" \
    'sorted by date played, descending, those without a date come last'

#
# By id.
#

get "$(state_listing "ids=$(made_up 1),$item,$(made_up 2),$third")"
is "$(ids_of | gojq -c sort) $(total)" \
    "$(gojq -cn --arg a "$item" --arg b "$third" '[$a, $b] | sort') 2" \
    'ids= leaves out what does not exist'
get "$(state_listing "ids=$(made_up 1)")"
is "$status $(ids_of) $(total)" '200 [] 0' \
    'ids= of nothing that exists is an empty list'
dashed=$(echo "$item" |
    sed 's/^\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/')
get "$(state_listing "ids=$dashed")"
is "$(ids_of)" "[\"$item\"]" 'ids= takes dashes'
get "$(state_listing "ids=$(made_up_list 199),$item")"
is "$status $(ids_of)" "200 [\"$item\"]" '200 ids are taken'
get "$(state_listing "ids=$(made_up_list 249),$item")"
is "$status" 414 '250 ids are too long a request line: 414'

# What the user may not see: something of a library that is not enabled.
get "/Users/$uid"
gojq -c 'if .Policy.EnableAllFolders then null
    else .Policy.EnabledFolders end' <"$body" >"$scratch/enabled"
get /Library/VirtualFolders
hidden=$(gojq -r --slurpfile enabled "$scratch/enabled" \
    'if $enabled[0] == null then [] else [.[].ItemId] - $enabled[0] end |
    .[]' <"$body" 2>"$scratch/gojq.error")
unseen=
for library in $hidden; do
	get "/Items?$always&parentId=$library&includeItemTypes=Movie,Episode\
&limit=1"
	unseen=$(gojq -r '.Items[0].Id // empty' <"$body")
	[ -z "$unseen" ] || break
done
if [ -z "$unseen" ]; then
	for name in 'an item of another library is in the identity listing' \
	    'state: nothing that the user may not see' \
	    'ids= does not leave out what the user may not see' \
	    'a write to it is 404' 'and so is its userdata by itself'; do
		skip "$name" 'the user sees every library'
	done
else
	cp "$scratch/identity" "$body"
	facts '{ "an item of another library is in the identity listing":
	    any(.Items[]; .Id == $id) }' --arg id "$unseen"
	cp "$scratch/state" "$body"
	facts '{ "state: nothing that the user may not see":
	    all(.Items[]; .Id != $id) }' --arg id "$unseen"
	get "$(state_listing "ids=$unseen,$item")"
	is "$(ids_of | gojq -c sort)" \
	    "$(gojq -cn --arg a "$unseen" --arg b "$item" '[$a, $b] | sort')" \
	    'ids= does not leave out what the user may not see'
	write "$unseen" '{"IsFavorite":false}'
	problem_is 404 'a write to it is 404'
	get "/UserItems/$unseen/UserData?userId=$uid"
	problem_is 404 'and so is its userdata by itself'
fi

#
# Pages.
#

get "$(identity 'limit=0')"
facts '{ "limit=0 gives just the total": (.Items == [] and
    .StartIndex == 0 and .TotalRecordCount == $n) }' --argjson n "$all_total"
get "$(identity "startIndex=$((all_total + 10))&limit=5")"
facts '{ "past the end Items is empty": (.Items == [] and
    .TotalRecordCount == $n and .StartIndex == $n + 10) }' \
    --argjson n "$all_total"
get "$(identity 'limit=2&enableTotalRecordCount=false')"
facts '{ "without a total it is the number returned":
    ((.Items | length) == 2 and .TotalRecordCount == 2) }'

page=$((all_total / 6 + 1))
[ $page -ge 5 ] || page=5
at=0
: >"$scratch/pages"
while [ $at -lt "$all_total" ]; do
	get "$(identity \
	    "startIndex=$at&limit=$page&sortBy=DateCreated,SortName")"
	[ "$status" = 200 ] || break
	cat "$body" >>"$scratch/pages"
	at=$((at + page))
done
cp "$scratch/pages" "$body"
facts '{
	"pages: every item is on one of them, once":
	    (([$all[0].Items[].Id] | sort) == ([.[].Items[].Id] | sort)),
	"pages: every one of them says the total":
	    all(.[]; .TotalRecordCount == ($all[0].Items | length)),
	"pages: StartIndex is as it was asked for":
	    ([.[].StartIndex] == [range(length) | . * $page])
}' --slurp --slurpfile all "$scratch/identity" --argjson page $page

#
# Metadata saved since.
#

get "$(identity 'minDateLastSavedForUser=1990-01-01T00:00:00Z')"
facts '([.Items[].Id] as $ids | {
	"saved since 1990: what was scanned":
	    ([$m, $o, $e] - $ids == []),
	"saved since 1990: nothing that the identity listing has not":
	    ($ids - [$all[0].Items[].Id] == [])
})' --arg m "$item" --arg o "$other" --arg e "$third" \
    --slurpfile all "$scratch/identity"
get "$(identity 'minDateLastSavedForUser=2100-01-01T00:00:00Z')"
is "$status $(ids_of)" '200 []' 'saved since 2100: nothing'
get "$(identity "minDateLastSavedForUser=$(as_date $begun)")"
facts '{ "userdata writes do not count as saving":
    (any(.Items[].Id; . == $m or . == $o or . == $e) | not) }' \
    --arg m "$item" --arg o "$other" --arg e "$third"

#
# Requests that make no sense.
#

get "/Items?$always&userId=$(made_up 1)&includeItemTypes=Movie"
answer_is 404 text/plain 'an unknown user: 404, text/plain'
get "/Items?$always&userId=nobody&includeItemTypes=Movie"
problem_is 400 'a malformed user: 400, problem details'
get "$(identity 'limit=some')"
problem_is 400 'a malformed number: 400, problem details'

finish
