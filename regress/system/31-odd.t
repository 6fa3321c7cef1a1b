#!/bin/sh
# A server that is there and answers oddly, through whole daemons: what is
# wrong is said, the others go on, nothing odd spreads, and all is made up for.

. "$(dirname "$0")/../lib.sh"

servers="attic den"
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 300 \
    --user alice:a
start_sim den --version 12.0.0 --seed 2 --catalogue 7 --items 300 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client den "user: alice" "timeout_secs: 2"
start_daemon
sync_now || bail_out "the first sync"

den() {				# den FIELD: of its status
	ctl -j status | gojq -r ".servers[] | select(.name == \"den\") | .$1"
}

# In trouble while alice acts on the other server, and then not any more.
odd() {				# odd NAME FAULT ERROR
	next Movie
	fault den "$2"
	act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
	sync_now
	is $? 1 "$1: sync now says that not all went well"
	den error | grep -Eq "$3"
	ok $? "$1: and why: $(den error)"
	no_faults den
	sync_now
	is $? 0 "$1: over, and all are synced"
	holds den alice "$item" "true 0 1 false 2026-01-01T20:00:00" \
	    "$1: it is made up for"
	is "$(den state)" ok "$1: status says ok"
}

html="status&status=200&type=text/html&body=%3Chtml%3E"
json="garbage&body="
odd "a web page for a list" "kind=$html&path=/Items" \
    "GET /Items: answered text/html instead of JSON"
odd "a web page for users" "kind=$html&path=/Users" \
    "GET /Users: answered text/html instead of JSON"
odd "an answer of a proxy" \
    "kind=status&status=502&path=/Users&body=Bad%20Gateway" "HTTP 502"
odd "no content" "kind=status&status=204&path=/Items" "HTTP 204"
odd "JSON of something else" "kind=$json%7B%22a%22%3A1%7D&request=identity" \
    "no Items, TotalRecordCount or StartIndex"
odd "a number for a list" "kind=$json%7B%22Items%22%3A5&request=state_played" \
    "broken JSON"
odd "the key revoked while reading" \
    "kind=status&status=401&request=state_favorite" \
    "HTTP 401: the API key is wrong or was revoked"
odd "the key revoked while writing" \
    "kind=status&status=401&request=userdata_write" \
    "HTTP 401: the API key is wrong or was revoked"
odd "a key that may not" "kind=status&status=403&request=ids" \
    "HTTP 403: the API key may not do this"

# A list that a proxy gives up on comes in pages, and that is remembered.
fault den "kind=status&status=504&request=identity&count=1"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
is $? 0 "504 for a whole list: it comes in pages"
no_faults den
is "$(sqlite3 "$work/db/test.db" \
    "SELECT page_size FROM server WHERE name = 'den'")" 20000 \
    "which are remembered"
fault den "kind=status&status=504&request=state_played&count=6"
sync_now
is $? 0 "504 for large pages: they get smaller"
no_faults den
page_size=$(sqlite3 "$work/db/test.db" \
    "SELECT page_size FROM server WHERE name = 'den'")
[ "$page_size" -lt 1000 ]
ok $? "as small as need be: $page_size"
holds den alice "$item" "true 0 1 false 2026-01-01T20:00:00" "all is there"
quiet

# What a server should never hold, and takes from whoever sends it.
never() {			# never NAME QUERY STATE-ELSEWHERE
	next Movie
	set_state den alice "$item" "$2"
	sync_now
	is $? 0 "$1: no trouble"
	is "$(item_state attic alice "$item")" "$3" "$1: on the other server"
	quiet
	act attic alice "$item" finish "&date=2026-03-01T20:00:00Z"
	sync_now
	is "$(item_state den alice "$item" | cut -d' ' -f1,2,5)" \
	    "true 0 2026-03-01T20:00:00" "$1: a play puts it right"
	is "$(item_state den alice "$item")" "$(item_state attic alice "$item")" \
	    "$1: on both"
}

then="&date=2026-01-01T20:00:00Z"
never "a negative position" "played=1&position=-5&count=1$then" \
    "true 0 1 false 2026-01-01T20:00:00"
never "a negative count" "played=1&count=-1$then" \
    "true 0 0 false 2026-01-01T20:00:00"
never "nearly the greatest count" "played=1&count=2147483646$then" \
    "true 0 2147483646 false 2026-01-01T20:00:00"
never "the year 1" "played=1&count=1&date=0001-01-01T00:00:00Z" \
    "true 0 1 false none"
never "the year 9999" "played=1&count=1&date=9999-12-31T23:59:59Z" \
    "true 0 1 false 9999-12-31T23:59:59"
never "before 1970" "played=1&count=1&date=1969-07-20T20:17:40Z" \
    "true 0 1 false none"
never "a position beyond any runtime" \
    "played=0&position=9007199254740992&count=1$then" \
    "false 9007199254740992 1 false 2026-01-01T20:00:00"

done_testing
