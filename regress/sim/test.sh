#!/bin/sh
# The simulator does what jellyfin-api.md says, and what README.md promises.
# TAP; SIM names the binary.
set -u
here=$(cd "$(dirname "$0")" && pwd)
sim=${SIM:-$here/jellyfin-sim}
work=$(mktemp -d) || exit 1
pid=
starting=
count=0
failed=0
unclean=

cleanup()
{
	for child in $pid $starting; do
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# start OPTION...: a server, with S its URL, C its control port and U alice.
start()
{
	: >"$work/out"
	"$sim" --port 0 --control-port 0 --user alice:secret --user bob:hidden \
	    --admin root:toor --key goodkey "$@" >"$work/out" 2>"$work/err" &
	pid=$!
	tries=0
	until grep -q '^control on' "$work/out"; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "Bail out! $(cat "$work/err")"
			exit 1
		fi
		sleep 0.02
	done
	S=http://$(sed -n 's/^listening on //p' "$work/out")
	C=http://$(sed -n 's/^control on //p' "$work/out")
	U=$(get /Users | gojq -r '.[0].Id')
}

stop()
{
	kill "$pid"
	wait "$pid"
	status=$?
	pid=
	[ "$status" -eq 0 ] || unclean="$unclean $status: $(cat "$work/err")"
	return "$status"
}

is()	# WHAT GOT WANTED
{
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		echo "# got:    $2" | head -n 5
		echo "# wanted: $3" | head -n 5
	fi
}

auth='MediaBrowser Token="goodkey", Client="test", Device="d", DeviceId="i", Version="1"'
always='recursive=true&collapseBoxSetItems=false&isMissing=false&enableImages=false'

get()		{ curl -s -m 10 -H "Authorization: $auth" "$S$1"; }
post()		{ curl -s -m 10 -X POST -H "Authorization: $auth" "$S$1"; }
delete()	{ curl -s -m 10 -X DELETE -H "Authorization: $auth" "$S$1"; }
control()	{ curl -s -m 10 -X POST "$C$1"; }
look()		{ curl -s -m 10 "$C$1"; }
# write ITEM BODY
write()
{
	curl -s -m 10 -X POST -H "Authorization: $auth" -H 'Content-Type: application/json' \
	    -d "$2" "$S/UserItems/$1/UserData?userId=$U"
}
# code CURL-ARGUMENT...: the status and the content type
code()
{
	curl -s -m 10 -o /dev/null -w '%{http_code} %{content_type}' "$@"
}
# fate CURL-ARGUMENT...: how curl ended
fate()
{
	curl -s -m 2 -o /dev/null -H "Authorization: $auth" "$@"
	echo $?
}
# userdata ITEM [FILTER]
userdata()
{
	get "/Items?$always&ids=$1&userId=$U" | gojq -c ".Items[0].UserData | ${2:-[.Played,.PlaybackPositionTicks,.PlayCount,.IsFavorite]}"
}
id_of()		{ look "/items?from=$1&count=1" | gojq -r '.[0].ItemId'; }
runtime_of()	{ look "/items?from=$1&count=1" | gojq -r '.[0].RunTimeTicks'; }

test_authorization()
{
	start --version 10.11.11
	is 'a key in the header' "$(code -H "Authorization: $auth" "$S/Users")" '200 application/json; charset=utf-8'
	is 'no key' "$(code "$S/Users")" '401 '
	is 'a wrong key' "$(code -H 'Authorization: MediaBrowser Token="bad"' "$S/Users")" '401 '
	is 'names have a case' "$(code -H 'Authorization: MediaBrowser token="goodkey"' "$S/Users")" '401 '
	is 'values are encoded' "$(code -H 'Authorization: MediaBrowser Token="good%6bey"' "$S/Users")" '200 application/json; charset=utf-8'
	is 'Emby on 10.11' "$(code -H 'Authorization: Emby Token="goodkey"' "$S/Users")" '200 application/json; charset=utf-8'
	is 'X-Emby-Token on 10.11' "$(code -H 'X-Emby-Token: goodkey' "$S/Users")" '200 application/json; charset=utf-8'
	is 'api_key on 10.11' "$(code "$S/Users?api_key=goodkey")" '200 application/json; charset=utf-8'
	is 'a key is no user' "$(code -H "Authorization: $auth" "$S/Users/Me" | cut -c1-3)" 400
	is 'the log is not for everybody' "$(login; code -H "Authorization: $person" "$S/System/ActivityLog/Entries")" '403 text/plain'
	stop
	start --version 12
	for header in 'Authorization: Emby Token="goodkey"' 'X-Emby-Token: goodkey' 'X-MediaBrowser-Token: goodkey'; do
		is "${header%%[: ]*} of old on 12" "$(code -H "$header" "$S/Users")" '401 '
	done
	is 'api_key on 12' "$(code "$S/Users?api_key=goodkey")" '401 '
	is 'ApiKey on 12' "$(code "$S/Users?ApiKey=goodkey" | cut -c1-3)" 200
	stop
}

login()
{
	person='MediaBrowser Client="player", Device="sofa", DeviceId="sofa1", Version="1"'
	token=$(curl -s -X POST -H "Authorization: $person" -H 'Content-Type: application/json' \
	    -d '{"Username":"alice","Pw":"secret"}' "$S/Users/AuthenticateByName" | gojq -r .AccessToken)
	person="$person, Token=\"$token\""
}

# play PATH BODY, as alice
play()
{
	curl -s -o /dev/null -w '%{http_code}' -X POST -H "Authorization: $person" \
	    -H 'Content-Type: application/json' -d "$2" "$S/Sessions/Playing$1"
}

# A key that one of the administrators makes works until it is revoked.
test_keys()
{
	start --version 12
	login
	is 'no keys for everybody' "$(code -X POST -H "Authorization: $person" "$S/Auth/Keys?app=x")" '403 text/plain'
	is 'an administrator makes one' "$(code -X POST -H "Authorization: $auth" "$S/Auth/Keys?app=x")" '204 '
	is 'of a name' "$(code -X POST -H "Authorization: $auth" "$S/Auth/Keys" | cut -c1-3)" 400
	made=$(get /Auth/Keys | gojq -r '.Items[] | select(.AppName == "x") | .AccessToken')
	is 'it works' "$(code -X POST -H "Authorization: MediaBrowser Token=\"$made\"" "$S/Auth/Keys?app=y")" '204 '
	is 'all are listed' "$(get /Auth/Keys | gojq -c '[.Items[].AppName]')" '["","x","y"]'
	is 'one is revoked' "$(code -X DELETE -H "Authorization: $auth" "$S/Auth/Keys/$made")" '204 '
	is 'and does not work' "$(code -H "Authorization: MediaBrowser Token=\"$made\"" "$S/Users")" '401 '
	is 'a token works' "$(code -H "Authorization: $person" "$S/Users/Me" | cut -c1-3)" 200
	is 'until the logout' "$(code -X POST -H "Authorization: $person" "$S/Sessions/Logout")" '204 '
	is 'and not after it' "$(code -H "Authorization: $person" "$S/Users/Me" | cut -c1-3)" 401
	stop
}

test_listing()
{
	start --version 12 --items 300 --virtual 100 --versions 50
	types='includeItemTypes=Movie,Episode'
	is 'the form of an answer' "$(get "/Items?$always&$types" | gojq -c keys)" '["Items","StartIndex","TotalRecordCount"]'
	n=$(get "/Items?$always&$types&limit=0" | gojq .TotalRecordCount)
	is 'limit=0 is just the total' "$(get "/Items?$always&$types&limit=0" | gojq -c .Items)" '[]'
	is 'all at once' "$(get "/Items?$always&$types" | gojq '[.Items[].Id] | unique | length')" "$n"
	is 'pages hold each item once' "$( (for s in 0 100 200 300; do get "/Items?$always&$types&limit=100&startIndex=$s&sortBy=DateCreated,SortName" | gojq -r '.Items[].Id'; done) | sort -u | wc -l | tr -d ' ')" "$n"
	is 'no total' "$(get "/Items?$always&$types&limit=7&enableTotalRecordCount=false" | gojq .TotalRecordCount)" 7
	is 'past the end' "$(get "/Items?$always&$types&startIndex=5000" | gojq -c '[.Items,.StartIndex]')" '[[],5000]'
	is 'ids only with their field' "$(get "/Items?$always&$types&limit=1" | gojq '.Items[0] | has("ProviderIds")')" false
	is 'ids of a movie' "$(get "/Items?$always&includeItemTypes=Movie&fields=ProviderIds&limit=1" | gojq -c '.Items[0].ProviderIds | keys')" '["Imdb","Tmdb"]'
	is 'no userdata without a user' "$(get "/Items?$always&$types" | gojq '[.Items[] | select(has("UserData"))] | length')" 0
	is 'some virtual episodes' "$(get "/Items?$always&$types" | gojq '[.Items[] | select(.LocationType=="Virtual")] | length > 0')" true
	is 'a missing one only when asked for' "$(get "/Items?$always&$types" | gojq '.TotalRecordCount') $(get "/Items?recursive=true&$types" | gojq ".TotalRecordCount > $n")" "$n true"
	is 'media sources are counted where there are more' "$(get "/Items?$always&$types&fields=MediaSourceCount" | gojq -c '[.Items[].MediaSourceCount] | unique | map(select(. == null or . > 1)) | length > 1')" true
	is 'series join by id' "$(get "/Items?$always&includeItemTypes=Series,Episode" | gojq '[.Items[] | select(.Type=="Series").Id] as $s | [.Items[] | select(.Type=="Episode").SeriesId] | unique - $s | length')" 0
	is 'unknown user' "$(code -H "Authorization: $auth" "$S/Items?$always&userId=00000000000000000000000000000001")" '404 text/plain'
	is 'malformed user' "$(code -H "Authorization: $auth" "$S/Items?userId=x")" '400 application/json; charset=utf-8'
	is 'malformed number' "$(code -H "Authorization: $auth" "$S/Items?limit=x")" '400 application/json; charset=utf-8'
	one=$(id_of 40)
	is 'other ids are left out' "$(get "/Items?ids=$one,00000000000000000000000000000001,x&userId=$U" | gojq -c '[.Items[].Id]')" "[\"$one\"]"
	many=$(yes "$one" | head -n 200 | paste -sd, -)
	is '200 ids pass' "$(code -H "Authorization: $auth" "$S/Items?$always&userId=$U&ids=$many" | cut -c1-3)" 200
	many=$(yes "$one" | head -n 250 | paste -sd, -)
	is '250 ids are too long' "$(code -H "Authorization: $auth" "$S/Items?$always&userId=$U&ids=$many" | cut -c1-3)" 414
	is 'gzip when asked for' "$(curl -s -H "Authorization: $auth" -H 'Accept-Encoding: gzip' "$S/Items?$always&$types" | gzip -dc | gojq .TotalRecordCount)" "$n"
	before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	is 'nothing was saved since' "$(get "/Items?$always&$types&minDateLastSavedForUser=$before" | gojq .TotalRecordCount)" 0
	control "/item?item=40&what=retitle&title=Other%20%22Name%22" >/dev/null
	control "/act?user=alice&item=41&what=mark" >/dev/null
	is 'metadata counts, userdata does not' "$(get "/Items?$always&$types&minDateLastSavedForUser=$before" | gojq -r '.Items[].Name')" 'Other "Name"'
	control "/server?what=folders&name=alice&folders=Movies" >/dev/null
	is 'what may not be seen is not there' "$(get "/Items?$always&$types&userId=$U" | gojq -c '[.Items[].Type] | unique')" '["Movie"]'
	is 'without a user all is there' "$(get "/Items?$always&$types" | gojq .TotalRecordCount)" "$n"
	is 'the policy says so' "$(get /Users | gojq -c '.[0].Policy | [.EnableAllFolders,(.EnabledFolders|length)]')" '[false,1]'
	parent=$(get /Library/VirtualFolders | gojq -r '.[] | select(.Name=="Shows").ItemId')
	is 'a library' "$(get "/Items?$always&$types&parentId=$parent" | gojq -c '[.Items[].Type] | unique')" '["Episode"]'
	stop
}

test_userdata()
{
	start --version 12 --items 60
	one=$(id_of 30)
	two=$(id_of 31)
	is 'the default state' "$(userdata "$one" '[.Played,.PlaybackPositionTicks,.PlayCount,.IsFavorite,has("LastPlayedDate")]')" '[false,0,0,false,false]'
	is 'a write is answered' "$(write "$one" '{"Played":true,"PlayCount":3,"PlaybackPositionTicks":50,"IsFavorite":true,"LastPlayedDate":"2026-03-01T20:00:00+02:00"}' | gojq -c '[.Played,.PlaybackPositionTicks,.PlayCount,.IsFavorite,.ItemId]')" "[true,50,3,true,\"$one\"]"
	is 'offsets are converted' "$(userdata "$one" '.LastPlayedDate[0:19]')" '"2026-03-01T18:00:00"'
	is 'what is missing or null stays' "$(write "$one" '{"PlayCount":4,"Played":null,"LastPlayedDate":null}' | gojq -c '[.Played,.PlayCount,has("LastPlayedDate")]')" '[true,4,true]'
	is 'nothing is clamped' "$(write "$one" '{"PlaybackPositionTicks":-5,"PlayCount":-1}' | gojq -c '[.PlaybackPositionTicks,.PlayCount]')" '[-5,-1]'
	is 'a delete leaves the favourite' "$(delete "/UserPlayedItems/$one?userId=$U" | gojq -c '[.Played,.PlaybackPositionTicks,.PlayCount,.IsFavorite,has("LastPlayedDate")]')" '[false,0,0,true,false]'
	is 'a mark with a date counts' "$(post "/UserPlayedItems/$two?userId=$U&datePlayed=2026-01-02T03:04:05Z" | gojq -c '[.Played,.PlayCount,.LastPlayedDate[0:19]]')" '[true,1,"2026-01-02T03:04:05"]'
	is 'a mark without leaves the date' "$(post "/UserPlayedItems/$two?userId=$U" | gojq -c '[.PlayCount,.LastPlayedDate[0:19]]')" '[1,"2026-01-02T03:04:05"]'
	is 'favourite' "$(post "/UserFavoriteItems/$two?userId=$U" | gojq .IsFavorite) $(delete "/UserFavoriteItems/$two?userId=$U" | gojq .IsFavorite)" 'true false'
	is 'unknown item' "$(code -X POST -H "Authorization: $auth" -H 'Content-Type: application/json' -d '{}' "$S/UserItems/00000000000000000000000000000001/UserData?userId=$U")" '404 application/json; charset=utf-8'
	is 'malformed id' "$(code -X DELETE -H "Authorization: $auth" "$S/UserPlayedItems/x?userId=$U")" '400 application/json; charset=utf-8'
	is 'malformed date' "$(write "$one" '{"LastPlayedDate":"yesterday"}' | gojq .status)" 400
	is 'malformed JSON' "$(write "$one" '{"Played":' | gojq .status)" 400
	is 'not JSON' "$(code -X POST -H "Authorization: $auth" -d 'x=1' "$S/UserItems/$one/UserData?userId=$U")" '415 application/json; charset=utf-8'
	write "$one" '{"Played":true,"PlaybackPositionTicks":0}' >/dev/null
	is 'GET is a second late on 12' "$(get "/UserItems/$one/UserData?userId=$U" | gojq .Played)" false
	control '/set?user=alice&item=32&position=600000000&date=2026-01-01T00:00:00Z&count=1' >/dev/null
	for filter in IsPlayed IsResumable IsFavorite; do
		get "/Items?$always&includeItemTypes=Movie,Episode&userId=$U&filters=$filter" | gojq .TotalRecordCount
	done >"$work/sets"
	is 'the three sets' "$(paste -sd' ' "$work/sets")" '2 1 1'
	is 'without a date comes last' "$(get "/Items?$always&includeItemTypes=Movie,Episode&userId=$U&sortBy=DatePlayed&sortOrder=Descending" | gojq -c '[.Items[].UserData.LastPlayedDate[0:4]] | .[0:3]')" '["2026","2026",null]'
	stop
	start --version 10.11.11 --items 60 --zone 330
	one=$(id_of 30)
	is 'a date in UTC is kept' "$(write "$one" '{"LastPlayedDate":"2026-03-01T20:00:00Z"}' | gojq -c '.LastPlayedDate[0:19]')" '"2026-03-01T20:00:00"'
	is 'without a zone it is UTC' "$(write "$one" '{"LastPlayedDate":"2026-03-01T20:00:00"}' | gojq -c '.LastPlayedDate[0:19]')" '"2026-03-01T20:00:00"'
	is 'with an offset it moves by the zone' "$(write "$one" '{"LastPlayedDate":"2026-03-01T20:00:00+02:00"}' | gojq -c '.LastPlayedDate[0:19]')" '"2026-03-01T23:30:00"'
	stop
}

# What playing does, before 12 and on it.
test_playing()	# VERSION PLAYED-IN-A-REWATCH
{
	start --version "$1" --items 60
	one=$(id_of 30)
	half=$(($(runtime_of 30) / 2))
	login
	is "$1: start" "$(play '' "{\"ItemId\":\"$one\"}")" 204
	is "$1: start counts and dates" "$(userdata "$one" '[.Played,.PlaybackPositionTicks,.PlayCount,has("LastPlayedDate")]')" '[false,0,1,true]'
	is "$1: who plays" "$(get /Sessions | gojq -c '[.[] | select(.NowPlayingItem) | .NowPlayingItem.Id,.UserId,.DeviceId]')" "[\"$one\",\"$U\",\"sofa1\"]"
	play /Progress "{\"ItemId\":\"$one\",\"PositionTicks\":$half,\"IsPaused\":true}" >/dev/null
	is "$1: progress" "$(userdata "$one" '[.Played,.PlayCount]') $(userdata "$one" ".PlaybackPositionTicks == $half")" '[false,1] true'
	play /Progress "{\"ItemId\":\"$one\",\"PositionTicks\":$((half * 2 * 3 / 100))}" >/dev/null
	is "$1: progress at the beginning" "$(userdata "$one" '[.Played,.PlaybackPositionTicks]')" '[false,0]'
	play /Progress "{\"ItemId\":\"$one\",\"PositionTicks\":$((half * 2 * 96 / 100)),\"IsPaused\":true}" >/dev/null
	is "$1: progress near the end" "$(userdata "$one")" '[true,0,1,false]'
	is "$1: paused" "$(get /Sessions | gojq -c '[.[] | select(.NowPlayingItem) | .PlayState.IsPaused]')" '[true]'
	play /Stopped "{\"ItemId\":\"$one\",\"PositionTicks\":$((half * 2 * 96 / 100))}" >/dev/null
	is "$1: stop near the end" "$(userdata "$one")" '[true,0,1,false]'
	is "$1: nobody plays" "$(get /Sessions | gojq -c '[.[] | select(.NowPlayingItem)]')" '[]'
	date=$(userdata "$one" .LastPlayedDate)
	sleep 0.01
	play '' "{\"ItemId\":\"$one\"}" >/dev/null
	is "$1: rewatch" "$(userdata "$one")" "[$2,0,2,false]"
	is "$1: a start moves the date" "$(userdata "$one" ".LastPlayedDate != $date")" true
	date=$(userdata "$one" .LastPlayedDate)
	play /Stopped "{\"ItemId\":\"$one\",\"PositionTicks\":$half}" >/dev/null
	is "$1: rewatch stopped at half" "$(userdata "$one" "[.Played,.PlaybackPositionTicks == $half,.LastPlayedDate == $date]")" "[$2,true,true]"
	play '' "{\"ItemId\":\"$one\"}" >/dev/null
	is "$1: a start keeps the position" "$(userdata "$one" ".PlaybackPositionTicks == $half")" true
	play /Stopped "{\"ItemId\":\"$one\",\"PositionTicks\":$((half * 2 * 3 / 100))}" >/dev/null
	is "$1: stop at the beginning" "$(userdata "$one" '[.Played,.PlaybackPositionTicks]')" "[$2,0]"
	is "$1: the log, newest first" "$(get '/System/ActivityLog/Entries?hasUserId=true&limit=3' | gojq -c '[.Items[] | .Type] , (.Items | .[0].Id > .[1].Id)' | paste -sd' ')" \
	    '["VideoPlaybackStopped","VideoPlayback","VideoPlaybackStopped"] true'
	since=$(get '/System/ActivityLog/Entries?hasUserId=true&limit=1' | gojq -r '.Items[0].Date')
	is "$1: minDate is inclusive" "$(get "/System/ActivityLog/Entries?hasUserId=true&minDate=$since" | gojq -c '[.Items[].Type]')" '["VideoPlaybackStopped"]'
	stop
}

# Of the other version.
version()
{
	get "/UserItems/$other/UserData?userId=$U" | gojq -c "$1"
}

# The server's clock is so many seconds ahead.
later()
{
	control "/server?what=clock&skew=$1" >/dev/null
}

test_versions()	# VERSION
{
	start --version "$1" --items 60 --versions 1000
	one=$(id_of 35)
	other=$(get "/Items?ids=$one&userId=$U&fields=MediaSources" | gojq -r '.Items[0].MediaSources[1].Id')
	is "$1: its own source is among them" "$(get "/Items?ids=$one&userId=$U&fields=MediaSources,MediaSourceCount" | gojq -c ".Items[0] | (.MediaSources | length) == .MediaSourceCount and .MediaSources[0].Id == .Id")" true
	is "$1: a version is in no listing" "$(get "/Items?ids=$other&userId=$U" | gojq -c .Items)" '[]'
	files=$(get "/Items?ids=$one&fields=MediaSources" | gojq '.Items[0].MediaSources | length')
	login
	half=$(($(runtime_of 35) / 2))
	play '' "{\"ItemId\":\"$one\",\"MediaSourceId\":\"$other\"}" >/dev/null
	play /Stopped "{\"ItemId\":\"$one\",\"MediaSourceId\":\"$other\",\"PositionTicks\":$half}" >/dev/null
	is "$1: the log names the listed item" "$(get '/System/ActivityLog/Entries?limit=1' | gojq -r '.Items[0].ItemId')" "$one"
	listed=$(userdata "$one" "[.PlaybackPositionTicks == $half,has(\"LastPlayedDate\")]")
	set=$(get "/Items?$always&userId=$U&filters=IsResumable" | gojq .TotalRecordCount)
	resume=$(get "/UserItems/Resume?userId=$U&mediaTypes=Video" | gojq -r '.Items[].Id')
	if [ "$1" = 12 ]; then
		is '12: the listed item has only the date' "$listed" '[false,true]'
		is '12: and is not resumable' "$set" 0
		is '12: but the version is' "$resume" "$other"
		is '12: which GET shows late' "$(version .PlaybackPositionTicks)" 0
		later 2
		is '12: but then it does' "$(version ".PlaybackPositionTicks == $half")" true
		is '12: a write is of the version' "$(write "$other" '{"PlayCount":9}' | gojq .PlayCount) $(userdata "$one" .PlayCount)" '9 0'
		write "$one" "{\"PlaybackPositionTicks\":$half,\"LastPlayedDate\":\"2020-01-01T00:00:00Z\"}" >/dev/null
		is '12: of two positions the later one is resumable' "$(get "/UserItems/Resume?userId=$U&mediaTypes=Video" | gojq -r '.Items[].Id') $(get "/Items?$always&userId=$U&filters=IsResumable" | gojq .TotalRecordCount)" "$other 0"
		play /Stopped "{\"ItemId\":\"$one\",\"MediaSourceId\":\"$other\",\"PositionTicks\":$((half * 2))}" >/dev/null
		later 4
		is '12: finishing it marks the item' "$(userdata "$one" '[.Played,.PlaybackPositionTicks,.PlayCount]')" '[true,0,0]'
		is '12: which shows its date' "$(userdata "$one" .LastPlayedDate)" "$(version .LastPlayedDate)"
		play '' "{\"ItemId\":\"$one\"}" >/dev/null
		play /Stopped "{\"ItemId\":\"$one\",\"PositionTicks\":$half}" >/dev/null
		is '12: an item played again at half' "$(userdata "$one" '[.Played,.PlayCount]') $(userdata "$one" ".PlaybackPositionTicks == $half")" '[true,1] true'
		play '' "{\"ItemId\":\"$one\",\"MediaSourceId\":\"$other\"}" >/dev/null
		play /Progress "{\"ItemId\":\"$one\",\"MediaSourceId\":\"$other\",\"PositionTicks\":$((half / 2))}" >/dev/null
		later 6
		is '12: loses its position to the next version played' "$(userdata "$one" .PlaybackPositionTicks) $(version ".PlaybackPositionTicks == $((half / 2))")" '0 true'
		delete "/UserPlayedItems/$other?userId=$U" >/dev/null
		later 8
		is '12: a delete of either clears all' "$(version '[.Played,.PlayCount]') $(userdata "$one" '[.Played,.PlayCount,has("LastPlayedDate")]')" '[false,0] [false,0,false]'
		post "/UserPlayedItems/$one?userId=$U&datePlayed=2026-01-02T03:04:05Z" >/dev/null
		later 10
		is '12: a mark marks all' "$(version '[.Played,.PlayCount,has("LastPlayedDate")]')" '[true,0,false]'
		control "/item?item=$other&what=remove" >/dev/null
		is '12: a version that is removed' "$(get "/Items?ids=$one&userId=$U&fields=MediaSources" | gojq '.Items[0].MediaSources | length') $(code -H "Authorization: $auth" "$S/UserItems/$other/UserData?userId=$U" | cut -c1-3)" "$((files - 1)) 404"
	else
		is "$1: all userdata is the item's" "$listed" '[true,true]'
		is "$1: resumable" "$set" 1
	fi
	stop
}

test_faults()
{
	start --version 10.11.11 --items 200
	one=$(id_of 30)
	list="$S/Items?$always&includeItemTypes=Movie,Episode"
	fault() { curl -s -X DELETE "$C/fault" >/dev/null; control "/fault?$1" >/dev/null; }
	fault 'kind=status&status=504&path=/Items&count=1&after=1'
	is 'skipped, once, over' "$(for i in 1 2 3; do code -H "Authorization: $auth" "$list" | cut -c1-3; done | paste -sd' ')" '200 504 200'
	fault 'kind=locked&request=userdata_write'
	is 'locked' "$(write "$one" '{"Played":true}') $(code -H "Authorization: $auth" "$list" | cut -c1-3)" "SQLite Error 5: 'database is locked'. 200"
	fault 'kind=503-retry-after'
	is 'retry after' "$(curl -si -H "Authorization: $auth" "$list" | tr -d '\r' | sed -n 's/^Retry-After: //p')" 005
	fault 'kind=redirect'
	is 'redirect' "$(code -H "Authorization: $auth" "$list" | cut -c1-3)" 302
	fault 'kind=refuse'
	is 'refused' "$(fate "$list")" 56
	fault 'kind=cut-before'
	is 'cut before' "$(fate "$list")" 52
	fault 'kind=cut-after&method=POST'
	is 'cut after' "$(fate -X POST -H 'Content-Type: application/json' -d '{"PlayCount":7}' "$S/UserItems/$one/UserData?userId=$U") $(userdata "$one" .PlayCount)" '52 7'
	fault 'kind=cut-body&bytes=1000'
	is 'cut in the body' "$(fate "$list") $(curl -s -H "Authorization: $auth" "$list" | wc -c | tr -d ' ')" '18 1000'
	fault 'kind=hang'
	is 'hangs' "$(curl -s -m 0.3 -o /dev/null "$list"; echo $?)" 28
	fault 'kind=slow&bytes=20000'
	is 'slow' "$(curl -s -m 0.3 -o /dev/null -H "Authorization: $auth" "$list"; echo $?)" 28
	fault 'kind=endless'
	is 'endless' "$(curl -s -m 0.3 -H "Authorization: $auth" "$list" | head -c 2000000 | wc -c | tr -d ' ')" 2000000
	fault 'kind=garbage'
	is 'garbage' "$(get "/Items?$always" | gojq . >/dev/null 2>&1 || echo none) $(code -H "Authorization: $auth" "$list")" 'none 200 application/json; charset=utf-8'
	fault 'kind=deep-json&bytes=5000'
	is 'deep' "$(get "/Items?$always" | tr -cd '[' | wc -c | tr -d ' ')" 5001
	fault 'kind=short-page'
	n=$(get "/Items?$always&includeItemTypes=Movie,Episode" | gojq '.TotalRecordCount - (.Items | length)')
	is 'short page' "$n" 1
	fault 'kind=repeat-page'
	is 'repeated page' "$(get "/Items?$always&limit=10&startIndex=10" | gojq -c '[.StartIndex,.Items[0].Id]')" "$(curl -s -X DELETE "$C/fault" >/dev/null; get "/Items?$always&limit=10" | gojq -c '[10,.Items[0].Id]')"
	fault 'kind=empty-list'
	is 'empty list' "$(get "/Items?$always" | gojq -c '[.Items,.TotalRecordCount]')" '[[],0]'
	fault 'kind=wrong-total&total=5'
	is 'wrong total' "$(get "/Items?$always" | gojq -c .TotalRecordCount)" 5
	fault 'kind=stale'
	write "$one" '{"PlayCount":8}' >/dev/null
	is 'stale' "$(userdata "$one" .PlayCount)" 7
	fault 'kind=delay&ms=3000&user=bob'
	is 'another user is not meant' "$(curl -s -m 2 -o /dev/null -H "Authorization: $auth" "$list&userId=$U"; echo $?)" 0
	bob=$(get /Users | gojq -r '.[1].Id')
	is 'this one is' "$(curl -s -m 0.2 -o /dev/null -H "Authorization: $auth" "$list&userId=$bob"; echo $?)" 28
	fault 'kind=delay&ms=300&method=DELETE'
	write "$one" '{"Played":true}' >/dev/null
	is 'done although nobody waited' "$(curl -s -m 0.1 -X DELETE -H "Authorization: $auth" "$S/UserPlayedItems/$one?userId=$U"; sleep 0.4; userdata "$one" .Played)" false
	write "$one" '{"Played":true}' >/dev/null
	fault 'kind=hold&method=DELETE'
	is 'held, and not done before it is let go' "$(curl -s -m 0.1 -X DELETE -H "Authorization: $auth" "$S/UserPlayedItems/$one?userId=$U"; curl -s "$C/state?user=alice" | gojq -c '[.[] | select(.ItemId == "'"$one"'")][0].Played'; curl -s -X DELETE "$C/fault" >/dev/null; userdata "$one" .Played)" 'true
false'
	fault 'kind=ignored'
	is 'a write that is answered and not done' "$(write "$one" '{"PlayCount":99}' | gojq .PlayCount)$(curl -s -X DELETE "$C/fault" >/dev/null; userdata "$one" .PlayCount)" '00'
	fault 'kind=status&status=200&type=text/html&body=<html>'
	is 'a web page' "$(code -H "Authorization: $auth" "$S/Users")" '200 text/html'
	is 'nonsense is said' "$(control '/fault?kind=what' | gojq -r .error)" 'no such kind'
	stop
}

test_control()
{
	start --version 12 --items 100 --state "$work/state" --base-path /jellyfin
	S=$S/jellyfin
	U=$(get /Users | gojq -r '.[0].Id')
	is 'outside the base path' "$(code "${S%/jellyfin}/Users" | cut -c1-3)" 302
	control '/act?user=alice&item=40&what=partial&percent=40&date=2026-03-01T20:00:01Z' >/dev/null
	control '/act?user=alice&item=41&what=finish&date=2026-03-02T20:00:01Z' >/dev/null
	control '/act?user=alice&item=42&what=favorite' >/dev/null
	is 'acts' "$(look '/state?user=alice' | gojq -c '[.[] | [.Number,.Played,.PlaybackPositionTicks > 0,.PlayCount,.IsFavorite,.LastPlayedDate[0:19]?]]')" \
	    '[[40,false,true,1,false,"2026-03-01T20:00:01"],[41,true,false,1,false,"2026-03-02T20:00:01"],[42,false,false,0,true,null]]'
	is 'the other user has nothing' "$(look '/state?user=bob')" '[]'
	curl -s -X POST "$C/counts/reset" >/dev/null
	get "/Items?$always&includeItemTypes=Movie" >/dev/null
	write "$(id_of 43)" '{"Played":true}' >/dev/null
	is 'counts' "$(look /counts | gojq -c '[.identity,.userdata_write,.writes,.total,.max_concurrent.listings,.bytes.identity > 1000]')" '[1,1,1,2,1,true]'
	control '/pace?latency_ms=200' >/dev/null
	for i in 1 2 3; do get "/Items?$always&includeItemTypes=Movie" >/dev/null & waits="${waits:-} $!"; done
	# shellcheck disable=SC2086
	wait $waits
	is 'at once' "$(look /counts | gojq .max_concurrent.listings)" 3
	control '/pace?real=1&scale=10' >/dev/null
	is 'a real server takes its time' "$(curl -s -m 0.05 -o /dev/null -H "Authorization: $auth" "$S/Items?$always"; echo $?)" 28
	is 'nonsense is answered once' "$(code -H "Authorization: $auth" "$S/Items?limit=x" | cut -c1-3)" 400
	control /pace >/dev/null
	old=$(id_of 41)
	new=$(control '/item?item=41&what=replace' | gojq -r .ItemId)
	is 'a replaced item has a new id, and nothing played' "$(get "/Items?ids=$old&userId=$U" | gojq -c .Items) $(userdata "$new" .Played)" '[] false'
	control '/item?item=44&what=reid&imdb=tt0000044&tmdb=' >/dev/null
	is 'new ids' "$(get "/Items?ids=$(id_of 44)&fields=ProviderIds" | gojq -c '.Items[0].ProviderIds | [.Imdb,.Tmdb]')" '["tt0000044",null]'
	control '/item?item=3&what=renumber&season=9&episode=5&end=6' >/dev/null
	is 'new numbers' "$(get "/Items?ids=$(id_of 3)" | gojq -c '.Items[0] | [.ParentIndexNumber,.IndexNumber,.IndexNumberEnd]')" '[9,5,6]'
	series=$(look '/items?from=3&count=1' | gojq -r '.[0].SeriesId')
	episodes=$(look '/items' | gojq --arg s "$series" '[.[] | select(.SeriesId == $s and .Removed != true)] | length')
	control "/act?user=bob&item=$series&what=mark" >/dev/null
	is 'a mark on a series is one on each episode' "$(look '/state?user=bob' | gojq '[.[] | select(.Played)] | length')" "$episodes"
	control "/act?user=bob&item=$series&what=unmark" >/dev/null
	is 'and so is its end' "$(look '/state?user=bob' | gojq '[.[] | select(.Played)] | length')" 0
	control '/item?item=45&what=remove' >/dev/null
	control '/server?what=backup' >/dev/null
	control '/act?user=alice&item=46&what=mark' >/dev/null
	control '/server?what=restore' >/dev/null
	is 'restored' "$(look '/state?user=alice' | gojq -c '[.[].Number]')" '[40,41,42,43]'
	control '/server?what=clock&skew=-86400' >/dev/null
	is 'the clock' "$(curl -sI -X GET "$S/health" | tr -d '\r' | sed -n 's/^Date: //p' | cut -c1-16)" "$(date -u -d '1 day ago' '+%a, %d %b %Y')"
	control '/server?what=rename-user&from=alice&to=Alicia' >/dev/null
	control '/server?what=recreate-user&name=bob' >/dev/null
	id=$(control '/server?what=id' >/dev/null; get /System/Info/Public | gojq -r .Id)
	users=$(get /Users | gojq -c '[.[] | [.Name,.Id]]')
	state=$(look '/state?user=Alicia')
	stop
	is 'it ends well' $? 0
	start --version 12 --items 100 --state "$work/state" --base-path /jellyfin
	S=$S/jellyfin
	is 'the state outlives a restart' "$(look '/state?user=Alicia')" "$state"
	is 'and the users' "$(get /Users | gojq -c '[.[] | [.Name,.Id]] | map(select(.[0] != "alice"))')" "$users"
	is 'and the numbers' "$(get "/Items?ids=$(id_of 3)" | gojq -c '.Items[0] | [.ParentIndexNumber,.IndexNumber,.IndexNumberEnd]')" '[9,5,6]'
	is 'and the items and the server' "$(get "/Items?ids=$new,$(id_of 45)" | gojq -c '[.Items[].Id]') $(get /System/Info/Public | gojq -r .Id)" "[\"$new\"] $id"
	control '/server?what=down' >/dev/null
	is 'down' "$(fate "$S/health")" 7
	control '/server?what=up' >/dev/null
	is 'up' "$(fate "$S/health")" 0
	stop
}

# A server that starts while the other tests run: what it says meanwhile.
watch_starting()
{
	start --version 12 --items 10
	starting=$pid
	starting_url=$S
	pid=
	control '/server?what=starting&seconds=3' >/dev/null
	(
		i=0
		while [ "$i" -lt 100 ]; do
			i=$((i + 1))
			body=$(curl -s -m 1 -w ' %{http_code}' "$S/System/Info/Public")
			case $body in
			*'"Version"'*' 200')	break ;;
			*'"version"'*false*' 200') echo camel ;;
			*loading*' 503')	echo "loading $(code "$S/Users" | cut -c1-3) $(curl -s "$S/health")" ;;
			*' 503')		echo 503 ;;
			*' 000')		echo refused ;;
			*)			echo "$body" ;;
			esac
			sleep 0.05
		done >"$work/seen"
	) &
	watcher=$!
}

test_starting()
{
	wait "$watcher"
	S=$starting_url
	is 'the phases of a start' "$(grep -v -e '^loading 200' -e Healthy "$work/seen" | uniq | paste -sd,)" 'refused,503,camel,refused,loading 401 Degraded'
	is 'and then ready' "$(get /System/Info/Public | gojq -r .Version)" 12.0.0
	kill "$starting"
	wait "$starting"
	starting=
}

# Two servers with the same catalogue share works; the same seed, histories.
test_catalogue()
{
	start --seed 1 --first 0 --items 200 --watched 200
	look '/items?from=100&count=100' | gojq -c '.[] | [.Number,.Title,.ProviderIds]' >"$work/one"
	look '/items?from=100&count=100' | gojq -r '.[].ItemId' >"$work/one-ids"
	look '/state?user=alice' >"$work/one-state"
	stop
	start --seed 1 --first 0 --items 200 --watched 200
	is 'the same seed has the same history' "$(look '/state?user=alice' | cksum)" "$(cksum <"$work/one-state")"
	is 'which is about as asked' "$(look '/state?user=alice' | gojq '[.[] | select(.Played)] | length | . > 20 and . < 60')" true
	stop
	start --seed 2 --first 100 --items 200
	is 'the same catalogue has the same works' "$(look '/items?from=100&count=100' | gojq -c '.[] | [.Number,.Title,.ProviderIds]' | cksum)" "$(cksum <"$work/one")"
	is 'under other ids' "$(look '/items?from=100&count=100' | gojq -r '.[].ItemId' | sort - "$work/one-ids" | uniq -d | wc -l | tr -d ' ')" 0
	stop
	start --items 1000 --no-ids 100 --double-episodes 100 --copies 100 --no-runtime 100 --junk-ids 100 --unicode 500
	items=$(get "/Items?$always&includeItemTypes=Movie,Episode&fields=ProviderIds" | gojq -c '[
	    ([.Items[] | select(.ProviderIds == {})] | length > 50),
	    ([.Items[] | select(.IndexNumberEnd)] | length > 20),
	    ([.Items[] | select(.RunTimeTicks == null)] | length > 50),
	    ([.Items[] | select(.ProviderIds.foo == "bar baz")] | length > 50),
	    ([.Items[] | select(.Type == "Movie")] | length > 300)]')
	is 'defects' "$items" '[true,true,true,true,true]'
	is 'hard titles are JSON' "$(look '/items' | gojq '[.[] | select(.Title | test("[^ -~]"))] | length > 200')" true
	is 'a copy' "$(look '/items' | gojq '[.[] | select(.Copy == 2)] | length > 20')" true
	stop
}

# What was written through the API, and over what.
test_writes()
{
	start --items 60
	item=$(get "/Items?$always&includeItemTypes=Movie" | gojq -r '.Items[0].Id')
	is 'an act says what it made' "$(control "/act?user=alice&item=$item&what=finish" | \
	    gojq -c '[.Before.Played, .After.Played, .After.PlayCount]')" '[false,true,1]'
	write "$item" '{"PlayCount":7}' >/dev/null
	is 'not kept before that is asked for' "$(look /writes)" '[]'
	control /writes >/dev/null
	get "/Items?ids=$item&userId=$U" >/dev/null
	write "$item" '{"PlayCount":8}' >/dev/null
	is 'a write' "$(look /writes | gojq -c '.[0] | [.User, .Before.PlayCount, .After.PlayCount, .Unseen]')" \
	    '["alice",7,8,null]'
	get "/Items?ids=$item&userId=$U" >/dev/null
	control "/act?user=alice&item=$item&what=favorite" >/dev/null
	write "$item" '{"IsFavorite":false}' >/dev/null
	is 'an act between look and write' "$(look /writes | gojq -c '.[1] | [.Before.IsFavorite, .Unseen]')" '[true,true]'
	delete "/UserPlayedItems/$item?userId=$U" >/dev/null
	is 'clearing is a write' "$(look /writes | gojq -c '.[2] | [.After.PlayCount, .Unseen]')" '[0,null]'
	control '/server?what=down' >/dev/null
	is 'down' "$(get /System/Info/Public)" ''
	control '/server?what=up' >/dev/null
	is 'up again on its port' "$(get /System/Info/Public | gojq -r .ServerName)" Simulated
	stop
}

watch_starting
test_writes
test_authorization
test_keys
test_listing
test_userdata
test_playing 10.11.11 false
test_playing 12 true
test_versions 10.11.11
test_versions 12
test_faults
test_control
test_catalogue
test_starting
is 'every server ended well' "$unclean" ''
echo "1..$count"
[ "$failed" -eq 0 ]
