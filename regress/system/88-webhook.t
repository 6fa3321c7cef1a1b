#!/bin/sh
# Told by webhooks: what Jellyfin's webhook plugin posts is on the other servers
# at once, without a live connection; anything else is a request for a sync.
# And who the listener listens to, for how long and to how much of it.

. "$(dirname "$0")/../lib.sh"

post="$top/regress/system/post.pl"
common="--catalogue 7 --items 300 --user alice:a --user bob:b"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1
# shellcheck disable=SC2086
start_sim cellar $common --version 10.9.11 --seed 2
port=$(free_port)
hook=http://127.0.0.1:$port/webhook

configure() {			# configure HOST [LINE-BELOW-WEBHOOK]
	begin_config
	sed -i "/^  live:/a\\  webhook:\\n    addr: $1:$port\\n    ${2-}" \
	    "$config"
	configure_client attic "users:" "  alice: alice"
	configure_client cellar "users:" "  alice: alice"
}

# The answer to a request, of at most this long.
status() {			# status [CURL-OPTION ...] URL
	curl -s -o "$work/answer" -D "$work/headers" -w '%{http_code}' \
	    --max-time 60 "$@"
}

says() {			# says BODY: the status of the answer to it
	printf '%s' "$1" | status --data-binary @- \
	    -H 'Content-Type: text/plain' "$hook"
}

header() {			# header NAME
	tr -d '\r' <"$work/headers" | sed -n "s/^$1: //p"
}

# As the plugin has it, with all properties.
event() {			# event TYPE SERVER USER ITEM [MORE]
	printf '{"ServerId":"%s","ServerName":"%s","NotificationType":"%s",' \
	    "$(cat "$work/$2.id")" "$2" "$1"
	printf '"Name":"A \\\\\\"film\\\\\\"","ItemId":"%s",' \
	    "$(sed -n "s/^$4 //p" "$work/$2.items")"
	printf '"UserId":"%s"%s}\n' "$(cat "$work/$2.$3")" "${5-}"
}

tell() {			# tell TYPE SERVER USER ITEM [MORE]
	told=$(says "$(event "$@")")
	[ "$told" = 202 ] || bail_out "tell $*: $told"
}

for server in attic cellar; do
	curl -s "$(url $server)/System/Info/Public" | gojq -r .Id \
	    >"$work/$server.id"
	sim $server GET /items | gojq -r '.[] | "\(.Number) \(.ItemId)"' \
	    >"$work/$server.items"
	curl -s -H "Authorization: MediaBrowser Token=\"$api_key\"" \
	    "$(url $server)/Users" >"$work/users"
	for user in alice bob; do
		gojq -r --arg name $user '.[] | select(.Name == $name) | .Id' \
		    "$work/users" >"$work/$server.$user"
	done
done

same() {			# same NUMBER
	a=$(item_state attic alice "$1")
	[ -n "$a" ] && [ "$a" = "$(item_state cellar alice "$1")" ]
}

gone() {			# gone SERVER NUMBER
	[ -z "$(item_state "$1" alice "$2")" ]
}

reset_all() {
	reset_counts attic
	reset_counts cellar
}

# Within seconds: the next round is minutes away.
within() {			# within SECONDS NAME COMMAND ...
	limit=$1
	within_name=$2
	shift 2
	wait_for "$@"
	ok $? "$within_name"
	limit=${TEST_LIMIT:-60}
}

# All has been read that is due, and nothing is owed.
settled() {
	before="$(counts attic total) $(counts cellar total)"
	sleep 2.5
	idle && [ "$(counts attic total) $(counts cellar total)" = "$before" ]
}

# Nothing is asked of the servers for what was told just now.
asks_nothing() {		# asks_nothing NAME
	sleep 1.5
	is "$(counts attic total) $(counts cellar total)" "0 0" "$1"
}

configure 127.0.0.1
start_daemon
wait_for idle
ok $? "the first sync ends"

# What the plugin tells of

wait_for settled
reset_all
act attic alice 7 partial "&percent=40"
tell PlaybackStop attic alice 7
within 5 "a stop is on the other server" same 7
is "$(counts attic listings) $(counts cellar listings)" "0 0" \
    "and no list was read for it"
last_event() {			# last_event SERVER
	ctl -j show servers | gojq -r --arg name "$1" \
	    '.servers[] | select(.name == $name) | .last_event != null'
}
is "$(last_event attic) $(last_event cellar)" "true false" \
    "it is shown who has told something"
act cellar alice 9 mark
tell UserDataSaved cellar alice 9 ',"SaveReason":"TogglePlayed"'
within 5 "a mark, from the server that is never live" same 9
act cellar alice 9 unmark
tell UserDataSaved cellar alice 9 ',"SaveReason":"TogglePlayed"'
within 10 "it is taken back" gone attic 9
act attic alice 11 favorite
dashes() {			# dashes ID
	echo "$1" | tr a-f A-F |
	    sed 's/^\(.\{8\}\)\(....\)\(....\)\(....\)/\1-\2-\3-\4-/'
}
is "$(says "{\"NotificationType\":\"UserDataSaved\",
    \"ServerId\":\"$(dashes "$(cat "$work/attic.id")")\",
    \"UserId\":\"$(dashes "$(cat "$work/attic.alice")")\",
    \"ItemId\":\"$(dashes "$(sed -n 's/^11 //p' "$work/attic.items")")\"}")" \
    202 "ids with dashes are accepted"
within 5 "and understood" same 11

# What says nothing of anybody's data here

wait_for settled
reset_all
act attic bob 13 mark
tell UserDataSaved attic bob 13
asks_nothing "somebody whom we do not know"
tell ItemAdded attic alice 13
tell SessionStart attic alice 13
tell PlaybackStop attic alice 13 ',"ItemType":"Audio"'
asks_nothing "other news, and music"
says "$(event PlaybackProgress attic alice 13 |
    sed "s/$(cat "$work/attic.id")/00112233445566778899aabbccddeeff/")" \
    >/dev/null
asks_nothing "somebody plays on a server that is none of ours"

# Anything else is a request for a sync

act attic alice 15 mark
is "$(status -d '' "$hook")" 202 "nothing at all is accepted"
within 15 "and means: sync now" same 15
act attic alice 21 mark
says "$(event PlaybackStop attic alice 21 |
    sed "s/$(cat "$work/attic.id")/00112233445566778899aabbccddeeff/")" \
    >/dev/null
within 15 "so does a stop on a server that is not known" same 21
act cellar alice 23 mark
says "$(event PlaybackStop cellar alice 23 |
    sed 's/"ItemId":"[^"]*/"ItemId":"00112233445566778899aabbccddeeff/')" \
    >/dev/null
within 20 "and one of an item that is not, of that server" same 23

# Many requests are one sync now, and one that follows.
wait_for settled
reset_all
yes please | head -100 | "$post" "127.0.0.1:$port" /webhook 5 >"$work/count"
is "$(cat "$work/count")" "202 100" "a hundred requests for a sync"
sleep 11
wait_for settled
rounds=$(counts attic news)
[ "$rounds" -ge 1 ] && [ "$rounds" -le 2 ]
ok $? "are two rounds at most ($rounds)"

# What is being played moves all the time

act attic alice 31 start
tell PlaybackStart attic alice 31
within 5 "a start" same 31
reset_all
for percent in 10 12 14 16 18 20 22 24; do
	set_state attic alice 31 "percent=$percent"
	tell UserDataSaved attic alice 31 ',"SaveReason":"PlaybackProgress"'
	tell PlaybackProgress attic alice 31
	sleep 0.5
done
is "$(writes cellar)" 1 "a position that moves is written once a minute"
reads=$(counts attic ids)
[ "$reads" -le 4 ]
ok $? "and not read for each of 16 events ($reads times)"
act attic alice 31 stop "&percent=60"
tell PlaybackStop attic alice 31
within 5 "its stop is written at once" same 31
is "$(writes cellar)" 2 "with one write"

# What is being played there is not written; when its end is told of, it is

act cellar alice 33 start
tell PlaybackStart cellar alice 33
within 5 "a start, on the other server" same 33
wait_for settled
reset_all
act attic alice 33 favorite
tell UserDataSaved attic alice 33
asked_there() {
	[ "$(counts cellar sessions)" -gt 0 ]
}
wait_for asked_there
sleep 1
is "$(writes cellar)" 0 "nothing is written to what is being played"
act cellar alice 33 stop "&percent=50"
tell PlaybackStop cellar alice 33
within 10 "and the stop lets it pass, both ways" same 33

# 2,000 events of 40 items from 20 connections

items=$(seq 41 80)
for number in $items; do
	event UserDataSaved attic alice "$number"
done >"$work/events"
for _ in $(seq 49); do
	cat "$work/events"
done >"$work/burst"
wait_for settled
reset_all
began=$(date +%s)
"$post" "127.0.0.1:$port" /webhook 20 <"$work/burst" >"$work/count" &
burst=$!
for number in $items; do
	act attic alice "$number" mark
done
wait $burst
for number in $items; do
	act attic alice "$number" favorite
done
"$post" "127.0.0.1:$port" /webhook 20 <"$work/events" >"$work/last"
took=$(($(date +%s) - began + 1))
is "$(cut -d' ' -f1 "$work/count" "$work/last" | sort -u | tr -d '\n' |
    sed 's/202//; s/503//')" "" "a burst: all are answered with 202 or 503"
is "$(awk '{ n += $2 } END { print n }' "$work/count" "$work/last")" 2000 \
    "all of them ($(cat "$work/count" "$work/last" | tr '\n' ';'))"
burst_items() {			# burst_items SERVER
	state "$1" alice | awk '$1 >= 41 && $1 <= 80'
}
all_same() {
	burst_items attic >"$work/attic.burst"
	burst_items cellar >"$work/cellar.burst"
	cmp "$work/attic.burst" "$work/cellar.burst" &&
	    [ "$(grep -c '	true	0	1	true	' "$work/attic.burst")" -eq 40 ]
}
within 20 "the last event of each item is not lost" all_same
wait_for settled
# Of each item three at once, and then one a second.
reads=$(counts attic ids)
[ "$reads" -le $((40 * (3 + took))) ] && [ "$reads" -le 500 ]
ok $? "far fewer readings than events: $reads, of all items together"
written=$(writes cellar)
[ "$written" -le 80 ]
ok $? "and no more writes of an item than it had changes: $written of 40"

# Limits

is "$(status "$hook")" 405 "GET is not allowed"
is "$(header Allow)" POST "and POST is"
is "$(status -X DELETE "$hook")" 405 "nor is DELETE"
is "$(status -d '' "$hook/")" 404 "another path"
is "$(status -d '' "http://127.0.0.1:$port/%77ebhook")" 202 \
    "the same, in another form"
head -c 65536 /dev/zero | tr '\0' ' ' >"$work/large"
is "$(status --data-binary "@$work/large" "$hook")" 202 "65,536 bytes"
echo >>"$work/large"
is "$(status --data-binary "@$work/large" "$hook")" 413 "and one more"
is "$(status -H Expect: --data-binary "@$work/large" "$hook")" 413 \
    "which nobody asked for"
is "$(status -H 'Transfer-Encoding: chunked' --data-binary "@$work/large" \
    "$hook")" 413 "or which comes in chunks"
is "$(status -d '' -H "X-Long: $(tr '\n ' xx <"$work/large" |
    head -c 10000)" "$hook")" 400 "headers without an end"
printf 'POST\r\n\r\n' >"$work/garbage"
is "$(perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(
    PeerAddr => shift); print $s "\1\2\3 \xff\r\n\r\n"; $_ = <$s>;
    print((split)[1])' "127.0.0.1:$port")" 400 "no HTTP"
limit=20
"$post" -i "127.0.0.1:$port" 1 "$(printf 'POST /webhook HTTP/1.1\r\nX: ')" \
    >"$work/slow" &
slow=$!
"$post" -i "127.0.0.1:$port" 80 >"$work/idle" &
many=$!
wait_for grep -q open "$work/slow"
wait_for grep -q open "$work/idle"
listener=$(pgrep -P "$daemon_pid" -f listener)
sleep 1
open=$(ls "/proc/$listener/fd" | wc -l)
[ "$open" -le 80 ]
ok $? "80 clients that say nothing: $open descriptors, and no more"
is "$(status -d '' "$hook")" 202 "somebody else has to wait, and is heard"
wait $many
wait $slow
took=$(tail -1 "$work/slow")
[ "$took" -ge 5 ] && [ "$took" -le 25 ]
ok $? "who sends a byte a second is cut off: after $took s"
limit=${TEST_LIMIT:-60}
is "$(pgrep -P "$daemon_pid" -f listener)" "$listener" \
    "the listener has survived all that"

# The engine cannot keep up

engine=$(pgrep -P "$daemon_pid" -f engine)
wait_for settled
act attic alice 81 mark
kill -STOP "$engine"
event UserDataSaved attic alice 82 |
    "$post" -f "127.0.0.1:$port" /webhook 100000 >"$work/full"
grep -q '^HTTP/1.1 503 ' "$work/full" && grep -q '^Retry-After: [0-9]' "$work/full"
ok $? "come again later"
event UserDataSaved attic alice 81 |
    "$post" -f "127.0.0.1:$port" /webhook 1 | grep -q '^HTTP/1.1 503 '
ok $? "and so is the next one told"
gone cellar 81
ok $? "which is not known elsewhere"
kill -CONT "$engine"
within 20 "what was refused is not lost either" same 81

# The listener is killed: what it was told, or would have been, is found

wait_for settled
set_state attic alice 83 "played=1&count=1&date=2026-01-01T00:00:00Z"
kill -KILL "$listener"
act attic alice 85 mark
tell UserDataSaved attic alice 85
within 15 "a client waits for the next listener" same 85
within 15 "and what was told to the last one is found" same 83
[ "$(pgrep -P "$daemon_pid" -f listener)" != "$listener" ]
ok $? "it is another one"
kill -KILL "$engine"
wait_for ctl status
wait_for idle
act attic alice 87 mark
answered() {
	[ "$(says "$(event UserDataSaved attic alice 87)")" = 202 ]
}
wait_for answered
within 15 "the engine is killed: it is told again" same 87

# The address is taken

cp "$config" "$work/other.yaml"
sed -i 's,/db/,/other/,' "$work/other.yaml"
timeout 20 jellyporterd -d -f "$work/other.yaml" -s "$work/other.sock" \
    >"$work/other.log" 2>&1
is $? 1 "a second daemon does not start"
grep -qF "events.webhook.addr (127.0.0.1:$port): Address already in use" \
    "$work/other.log"
ok $? "since the address is in use"
[ ! -e "$work/other.sock" ]
ok $? "and it leaves no socket behind"
is "$(grep -c -e 'ended by' -e 'nonsense' "$work/daemon.log")" 2 \
    "nobody was ended but by us"
stop_daemon

# Tokens

token=0123456789-._~+/=
configure localhost "token: $token"
: >"$work/daemon.log"
start_daemon -v
wait_for idle
is "$(status -d '' "$hook")" 401 "no token"
is "$(header WWW-Authenticate)" Bearer "it says which is wanted"
if getent ahosts localhost | grep -q '^::1 '; then
	is "$(status -d '' "http://[::1]:$port/webhook")" 401 \
	    "nor at the other address of that name"
fi
for wrong in 0123456789-._~+/ "$token=" 1 ''; do
	is "$(status -d '' -H "Authorization: Bearer $wrong" "$hook")" 401 \
	    "a wrong token: $wrong"
done
is "$(status -d '' -H "Authorization: Basic $token" "$hook")" 401 \
    "the right one, of another scheme"
is "$(status -d '' "$hook?token=$(tr '\n ' xx <"$work/large" |
    head -c 300)")" 401 "one that is too long"
act attic alice 89 mark
wait_for settled
gone cellar 89
ok $? "and nothing was done for any of them"
is "$(status -d '' -H "Authorization: bearer $token" "$hook")" 202 \
    "the right one"
within 15 "is believed" same 89
is "$(status -d '' "$hook?x=1&token=$token&y")" 202 "and in the query"
is "$(status -d '' "$hook?x=1&token=0123456789-._~%2B/%3d")" 202 \
    "and there in another form"
is "$(status -d '' "$hook?token=$token" -H 'Authorization: Bearer wrong')" 401 \
    "a wrong one comes before it"
is "$(grep -c 'without the right token' "$work/daemon.log")" 1 \
    "a wrong one is mentioned, once"
is "$(grep -cF -e 0123456789 -e token= "$work/daemon.log")" 0 \
    "none is ever in the log"
jellyporterd -nv -f "$config" >"$work/printed"
grep -q 'token: "\*\*\*\*\*\*\*\*"' "$work/printed"
ok $? "nor in what is printed of the configuration"
stop_daemon
echo "$token" >"$work/token"
chmod 600 "$work/token"
configure localhost "token_file: token"
start_daemon
is "$(status -d '' "$hook")" 401 "a token in a file is asked for"
is "$(status -d '' -H "Authorization: Bearer $token" "$hook")" 202 "and known"
stop_daemon

# Once, and no longer than that

perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1,
    LocalAddr => shift, ReuseAddr => 1) or die; sleep 60' "127.0.0.1:$port" &
holder=$!
once
is $? 0 "a daemon that syncs once does not listen"
kill $holder

done_testing
