#!/bin/sh
# Being told at once: the WebSocket, the session that the server makes of it,
# and what it says about the users that were added to it.  Before 10.11 the
# server takes the connection and never says anything.

. "$(dirname "$0")/lib.sh"

live_device=jellyporter-contract-live
forever=120		# seconds; every wait below is shorter

# connect HEADER-FILE: leaves it running, and what it prints in $said, which
# may be emptied meanwhile.
connect()
{
	said=$scratch/said
	: >"$said"
	rm -f "$scratch/say"
	mkfifo "$scratch/say"
	perl "$here/socket.pl" "$URL" "$1" $forever <"$scratch/say" \
	    >>"$said" 2>"$scratch/socket.error" &
	connection=$!
	exec 3>"$scratch/say"
	wait_said '^\(open\|refused\|closed\)' 1 || diag "$(head -3 \
	    "$scratch/socket.error")"
}

disconnect()
{
	[ -n "${connection:-}" ] || return 0
	exec 3>&-
	kill "$connection" 2>/dev/null
	wait "$connection" 2>/dev/null
	connection=
}

# wait_said PATTERN COUNT: until so many lines match; up to ten seconds.
wait_said()
{
	waited=0
	until [ "$(grep -c "$1" "$said")" -ge "$2" ]; do
		[ $waited -lt 100 ] || return 1
		sleep 0.1
		waited=$((waited + 1))
	done
}

# told ITEM: whether a notice about it came; $scratch/told has what it said.
told()
{
	waited=0
	until grep '^{' "$said" | gojq -c --arg item "$1" --arg user "$uid" '
	    select(.MessageType == "UserDataChanged" and
	    .Data.UserId == $user) | .Data.UserDataList[] |
	    select(.ItemId == $item)' >"$scratch/told" 2>/dev/null &&
	    [ -s "$scratch/told" ]; do
		[ $waited -lt 60 ] || return 1
		sleep 0.1
		waited=$((waited + 1))
	done
}

forget()
{
	: >"$said"
}

# told_of ITEM NAME.  What a notice says of an item is not looked at: it is
# taken for a reason to read it, and no more.
told_of()
{
	if told "$1"; then
		result true "$2"
	else
		result false "$2"
		diag "no notice"
	fi
	forget
}

silent_for()
{
	sleep "$1"
	if grep -q UserDataChanged "$said"; then
		result false "$2"
		diag "$(head -c 300 "$said")"
	else
		result true "$2"
	fi
	forget
}

here=$(cd "$(dirname "$0")" && pwd)
case ${URL:-} in
https:*)
	echo "1..0 # SKIP the client of this test knows no TLS"
	exit 0
	;;
esac
begin
trap 'disconnect; clean_up' EXIT
pick
sign_in
authorization "$KEY" "$live_device" >"$scratch/live"
authorization wrong "$live_device" >"$scratch/wrong"

connect "$scratch/nobody"
is "$(head -n 1 "$said")" 'refused 403' 'without a key: 403, not 401'
disconnect
connect "$scratch/wrong"
is "$(head -n 1 "$said")" 'refused 403' 'with a wrong key: 403, not 401'
disconnect

connect "$scratch/live"
is "$(head -n 1 "$said")" open 'with a key it is opened'

if ! since 10 11; then
	get "/Sessions?deviceId=$live_device"
	is "$(gojq -c . <"$body")" '[]' 'before 10.11: no session is made of it'
	set_state "$item" true 0 1 false 2020-01-02T03:04:05
	sleep 2
	is "$(sed 1d "$said" | head -c 300)" '' \
	    'before 10.11: it never says anything'
	disconnect
	finish
fi

wait_said '"ForceKeepAlive"' 1
is "$(grep -m 1 ForceKeepAlive "$said" | gojq -r '"\(.MessageType) \(.Data)"')" \
    'ForceKeepAlive 60' 'it wants to be kept alive within 60 s'
forget
echo '{"MessageType":"KeepAlive"}' >&3

for pause in 0 0.2 0.5 1 2; do
	sleep $pause
	get "/Sessions?deviceId=$live_device"
	session=$(gojq -r '.[0].Id // empty' <"$body")
	[ -z "$session" ] || break
done
facts '{
	"there is one session of it": (length == 1),
	"its Id is 32 hexadecimal digits": (.[0].Id | test("^[0-9a-f]{32}$")),
	"its UserId is all zeros": (.[0].UserId | test("^0{32}$")),
	"its DeviceId is ours": (.[0].DeviceId == $device)
}' --arg device "$live_device"

set_state "$item" true 0 1 false 2020-01-02T03:04:05
silent_for 2 'a user who was not added: nothing is said'

post "/Sessions/$session/User/$uid"
is "$status" 204 'a user is added: 204'
post "/Sessions/$session/User/$uid"
is "$status" 204 'and again: 204'

set_state "$item" false 0 0 false none
if told "$item"; then
	result true 'an API write is told of'
else
	result false 'an API write is told of'
fi
grep -m 1 UserDataChanged "$said" >"$body"
facts '{
	"the notice: UserId": (.Data.UserId == $user),
	"the notice: every entry has an ItemId": all(.Data.UserDataList[];
	    .ItemId | test("^[0-9a-f]{32}$")),
	"the notice: folders above it as well":
	    (.Data.UserDataList | length > 1)
}' --arg user "$uid"
forget

post "/UserPlayedItems/$other?userId=$uid&datePlayed=2020-01-02T03:04:05Z"
told_of "$other" 'a mark is told of'
clear_played "$other"
told_of "$other" 'an unmark is told of'
post "/UserFavoriteItems/$third?userId=$uid"
told_of "$third" 'a favourite is told of'
delete "/UserFavoriteItems/$third?userId=$uid"
told_of "$third" 'and that it is none any more'

start "$item" 0
told_of "$item" 'a start is told of'
progress "$item" $((item_ticks / 100 * 20))
silent_for 2 'a progress is not'
stop "$item" $((item_ticks / 100 * 50))
told_of "$item" 'a stop is told of'

disconnect
connect "$scratch/live"
wait_said '"ForceKeepAlive"' 1
set_state "$item" false 0 0 false none
silent_for 2 'after a new connection users have to be added again'
disconnect

finish
