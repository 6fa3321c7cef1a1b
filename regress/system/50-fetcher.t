#!/bin/sh
# A fetcher alone, against a simulated server: each request, and each way in
# which a server may fail to answer it.

. "$(dirname "$0")/../lib.sh"

fetcher() {			# fetcher [OPTION ...] COMMAND ...
	"$top/regress/unit/fetcher_driver" -u "$(url den)" -k "$api_key" "$@" \
	    2>>"$work/fetcher.log"
}

result() {			# the last result, without its number
	sed -n 's/^result [0-9]* //p' | tail -1
}

ids() {				# ids FIRST COUNT
	sim den GET "/items?from=$1&count=$2" | gojq -r '.[].ItemId'
}

id_of() {
	sim den GET "/items?from=$1&count=1" | gojq -r '.[0].ItemId'
}

write_one() {			# write_one ITEM EXPECTED WANTED: its line
	fetcher write "$user" "$@" >"$work/written"
	sed -n 's/^written \([^ ]*\) [^ ]*/\1/p' "$work/written"
}

start_sim den --version 12 --seed 1 --items 400 --user alice:a --user bob:b \
    --watched 200 --resumable 50 --favorites 50 --unicode 200 --virtual 20
fetcher list identity >"$work/identity"
items=$(grep -c '^item' "$work/identity")
dropped=$(sed -n 's/.* dropped=\([0-9]*\).*/\1/p' "$work/identity")

# Contact

fetcher contact >"$work/contact"
user=$(awk '$1 == "user" && $3 == "alice" { print $2 }' "$work/contact")
is "$(grep -c '^server .* 12.0.0 den 0$' "$work/contact")" 1 "contact: server"
is "$(grep -c '^user' "$work/contact")" 2 "contact: users"
is "$(fetcher -k wrong contact | result)" "refused records=0 dropped=0 \
total=0 page_size=0 GET /Users: HTTP 401: the API key is wrong or was \
revoked" "contact: a wrong key"
sim den POST "/server?what=clock&skew=300" >/dev/null
is "$(fetcher contact | awk '$1 == "server" { print ($5 > 297 && $5 < 303) }')" \
    1 "contact: clock skew"
sim den POST "/server?what=clock&skew=0" >/dev/null
fault den "kind=slow&bytes=100&path=/System/Info/Public"
is "$(fetcher contact | awk '$1 == "server" { print $5 }')" 0 \
    "contact: an answer that takes its time is no skew"
no_faults den
sim den POST "/server?what=starting&seconds=6" >/dev/null
is "$(fetcher contact | tail -1)" \
    "result 1 ok records=2 dropped=0 total=2 page_size=0 " \
    "contact: waits for a server that starts up"
sim den POST "/server?what=down" >/dev/null
is "$(fetcher contact | result)" "unreachable records=0 dropped=0 total=0 \
page_size=0 GET /System/Info/Public: connection refused" "contact: down"
sim den POST "/server?what=up" >/dev/null
fault den "kind=redirect"
fetcher contact | result | grep -q '^nonsense.*redirected to .*base URL right'
ok $? "contact: a redirect is not followed"
no_faults den

fault den "kind=endless&request=users"
fetcher -t 2 contact >"$work/endless"
is "$(grep -c '^user' "$work/endless")" 10000 "contact: users without end"
[ "$(result <"$work/endless" | cut -d' ' -f1)" != ok ]
ok $? "are given up: $(result <"$work/endless" | cut -d' ' -f6-)"
no_faults den
fault den "kind=garbage&type=text/html&request=users"
fetcher contact | result | grep -q '^nonsense.*GET /Users: answered text/html'
ok $? "contact: a web page"
no_faults den
is "$(fetcher -t 1 -u "$(url den | sed 's/http/https/')" contact | result)" \
    "unreachable records=0 dropped=0 total=0 page_size=0 GET \
/System/Info/Public: no TLS connection within 1 s: is it https at all, and \
is its port right?" \
    "contact: https where there is none"

# Listings

sum() {
	cut -d' ' -f2- | LC_ALL=C sort | cksum
}

all="ok records=$items dropped=$dropped total=$((items + dropped)) page_size=0 "
whole=$(fetcher list identity | grep '^item' | sum)
is "$(result <"$work/identity")" "$all" "identity: the whole list"
[ "$dropped" -gt 0 ]
ok $? "identity: episodes that are only missed are dropped"
is "$(fetcher -p 37 list identity | grep '^item' | sum)" "$whole" \
    "identity: pages hold the same"
for set in played resumable favorite; do
	is "$(fetcher list "$set" "$user" | grep '^userdata' | sum)" \
	    "$(fetcher -p 7 list "$set" "$user" | grep '^userdata' | sum)" \
	    "$set: whole and in pages"
done
is "$(fetcher contact + list played 00000000000000000000000000000001 | result)" \
    "missing records=0 dropped=0 total=0 page_size=0 played list: GET /Items: \
HTTP 404" "an unknown user"

fault den "kind=status&status=504&request=identity&count=1"
is "$(fetcher list identity | result | sed 's/.*page_size/page_size/')" \
    "page_size=20000 " "a proxy's time-out leads to pages"
no_faults den
reset_counts den
fault den "kind=status&status=500&request=identity&count=2"
is "$(fetcher list identity | result | sed 's/.*page_size/page_size/')" \
    "page_size=0 " "an error is tried again first"
is "$(counts den identity)" 3 "after two errors, the third try"
no_faults den
fault den "kind=cut-body&bytes=50000&request=identity&count=1"
is "$(fetcher list identity | result)" \
    "$all" "a connection that is cut"
no_faults den
fault den "kind=status&status=504&request=identity"
is "$(fetcher list identity | result)" "unreachable records=0 dropped=0 \
total=0 page_size=0 identity list: GET /Items: HTTP 504" "pages end somewhere"
no_faults den
for kind in short-page "wrong-total&total=9999" \
    "wrong-total&total=5" garbage deep-json; do
	fault den "kind=$kind&request=identity&count=1"
	is "$(fetcher -t 2 list identity | result | cut -d' ' -f1)" ok \
	    "$kind once: the list is read again"
	no_faults den
done
for kind in short-page "wrong-total&total=9999" \
    "wrong-total&total=5" garbage deep-json; do
	fault den "kind=$kind&request=identity"
	fetcher list identity | result >"$work/result"
	is "$(cut -d' ' -f1 "$work/result")" nonsense \
	    "$kind: $(sed 's/.*page_size=0 //' "$work/result")"
	no_faults den
done
fault den "kind=slow&bytes=40000&request=identity"
is "$(fetcher -t 2 list identity | result | cut -d' ' -f1)" ok \
    "a slow list takes longer than the timeout, and that is well"
no_faults den
is "$(fetcher -q -P 20 list identity | result)" "$all" "a slow engine"
is "$(fetcher cut identity + list identity | grep -c '^item')" "$items" \
    "a new link: the old request is gone"

# Libraries

movies=$(fetcher -i ' movies ' contact + list identity | grep -c '^item')
shows=$(fetcher -e MOVIES contact + list identity | grep -c '^item')
is $((movies + shows)) "$items" "libraries: included and excluded"
is "$(fetcher -i Movies -i Shows contact + list identity | result)" \
    "$all" "libraries: two of them"
fetcher -i Moovies contact | result | grep -q 'Moovies; it has: Movies, Shows$'
ok $? "libraries: an unknown one"

# Two requests at once

fault den "kind=delay&ms=1500&request=identity"
is "$(fetcher both identity | awk '$1 == "result" { printf "%s ", $2 }')" \
    "2 1 " "a contact does not wait for a listing"
no_faults den

# Reading

# shellcheck disable=SC2046
is "$(fetcher read "$user" $(ids 0 60 | head -100) | result | cut -d' ' -f1)" \
    ok "read: many"
is "$(fetcher read "$user" "$(id_of 1)" 00000000000000000000000000000001 |
    result)" "ok records=1 dropped=0 total=1 page_size=0 " \
    "read: what is not there is left out"

# What its user may not see is listed by ids with all that he did; that he may
# not see it shows where its userdata is asked for by itself.
film=$(sim den GET /items | gojq -r '[.[] | select(.Type == "Movie")][0].ItemId')
episode=$(sim den GET /items |
    gojq -r '[.[] | select(.Type == "Episode")][0].ItemId')
sim den POST "/server?what=folders&name=alice&folders=Shows" >/dev/null
is "$(fetcher read "$user" "$film" "$episode" | result | cut -d' ' -f1,2)" \
    "ok records=2" "read: what may not be seen answers to its id"
is "$(fetcher read "$user" "?$film" "?$episode" |
    awk '$1 == "userdata" { print $2 }')" "$episode" \
    "read: but not if it was parked for that"
reset_counts den
fetcher read "$user" "$film" "?$episode" >/dev/null
is "$(counts den userdata_read)" 1 "read: only what was parked is asked alone"
fault den "kind=status&status=500&request=userdata_read"
is "$(fetcher read "$user" "?$film" | result | cut -d' ' -f1)" \
    unreachable "read: no word on it is not a no"
no_faults den
sim den POST "/server?what=folders&name=alice&folders=Movies,Shows" >/dev/null
is "$(fetcher read "$user" "?$film" | awk '$1 == "userdata" { print $2 }')" \
    "$film" "read: until it may be seen again"

# Writing

item=$(id_of 5)
other=$(id_of 6)
set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
set_state den alice 6 "played=0&position=0&count=0&favorite=0&date="
none=0,0,0,0,0
seen=1,0,2,1700000000,0
half=0,6000000000,1,1710000000,1

reset_counts den
is "$(write_one "$item" $none $none)" "done $none" "write: nothing to do"
is "$(writes den)" 0 "and nothing sent"
is "$(write_one "$item" $none $seen)" "done $seen" "write: played"
is "$(write_one "$item" $seen $half)" "done $half" "write: a position"
is "$(writes den)" 2 "one request each"
is "$(write_one "$item" $seen $none)" "changed $half" "write: it has changed"
is "$(writes den)" 2 "and nothing sent"
is "$(write_one "$item" $half 0,0,0,0,1)" "done 0,0,0,0,1" \
    "write: an unmark, which clears the date"
is "$(counts den played_delete) $(counts den userdata_write)" "1 2" \
    "by one request"
is "$(write_one "$item" 0,0,0,0,1 $half)" "done $half" "write: back"
is "$(write_one "$item" $half 0,0,3,0,0)" "done 0,0,3,0,0" \
    "write: no date, but a count"
is "$(counts den played_delete) $(counts den userdata_write)" "2 4" \
    "by two requests"
is "$(write_one 00000000000000000000000000000001 $none $seen)" \
    "missing $none" "write: not there"
act den alice 5 start
state=$(fetcher read "$user" "$item" | awk '$1 == "userdata" { print $3 }')
is "$(write_one "$item" "$state" $seen)" "playing $none" "write: being played"
act den alice 5 stop

state_of() {
	fetcher read "$user" "$1" | awk '$1 == "userdata" { print $3 }'
}

try() {				# try NAME FAULT RESULT [WRITES]
	set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
	reset_counts den
	fault den "$2"
	is "$(write_one "$item" $none $seen | cut -d' ' -f1)" "$3" "write: $1"
	no_faults den
	is "$(writes den)" "$4" "$1: requests sent"
}

try "locked once" "kind=locked&request=userdata_write&count=1" done 2
try "locked for ever" "kind=locked&request=userdata_write" failed 4
try "obeyed, but the answer is lost" \
    "kind=cut-after&request=userdata_write&count=1" done 1
try "cut before" "kind=cut-before&request=userdata_write&count=1" done 2
try "garbage" "kind=garbage&request=userdata_write&count=1" done 2
try "no answer to sessions" "kind=status&status=500&request=sessions" \
    not-sent 0
grep -q '^result 1 unreachable .*GET /Sessions: HTTP 500' "$work/written"
ok $? "and why: $(tail -1 "$work/written")"
try "no answer to items" "kind=status&status=500&request=ids" not-sent 0
try "404" "kind=status&status=404&request=userdata_write" missing 1
try "key refused" "kind=status&status=401&request=userdata_write" not-sent 1

# What it shows need not be what it holds.
set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
write_one "$item" $none $seen >/dev/null
reset_counts den
is "$(write_one "$item" $seen $seen | cut -d' ' -f1)" done \
    "write: it shows that already"
is "$(writes den)" 0 "and nothing is sent"
is "$(write_one "!$item" $seen $seen | cut -d' ' -f1)" done \
    "write: it shows that, but does not hold it"
is "$(writes den)" 1 "and it is sent"

# A server that obeys and is gone before it answers: libcurl asks again, on a
# connection that nobody takes.
set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
fault den "kind=down-after&request=userdata_write"
fetcher write "$user" "$item" $none $seen >"$work/written"
is "$(cut -d' ' -f1,2 "$work/written" | head -1)" "written failed" \
    "write: obeyed, then gone: it may have arrived"
no_faults den
sim den POST "/server?what=up" >/dev/null

# A person acts between a lost answer and the next look.
set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
reset_counts den
fault den "kind=cut-after&request=userdata_write&count=1"
fault den "kind=hold&request=ids&after=1&count=1"
fetcher write "$user" "$item" $none $seen >"$work/written" &
writer=$!
written() {
	[ "$(counts den userdata_write)" -gt 0 ]
}
wait_for written
act den alice 5 mark "&date=2026-03-01T10:00:00Z"
acted=$(state_of "$item")
no_faults den
wait $writer
is "$(cut -d' ' -f1,2 "$work/written" | head -1)" "written failed" \
    "write: a person's act after a lost answer"
is "$(state_of "$item")" "$acted" "and it stays"

set_state den alice 5 "played=0&position=0&count=0&favorite=0&date="
fault den "kind=refuse&path=/UserItems"
fetcher write "$user" "$item" $none $seen "$other" $none $seen >"$work/written"
is "$(awk '$1 == "written" { printf "%s ", $2 }' "$work/written")" \
    "failed failed " "write: two items in a row without an answer"
grep -q '^result 1 unreachable' "$work/written"
ok $? "and then it is the server"
no_faults den

is "$(grep -c "$api_key" "$work/fetcher.log")" 0 "no key in the log"

# Alternate versions: found by their item, read and written with it.

start_sim attic --version 12 --seed 2 --items 40 --versions 1000 \
    --user alice:a
attic() {
	"$top/regress/unit/fetcher_driver" -u "$(url attic)" -k "$api_key" \
	    "$@" 2>>"$work/fetcher.log"
}
touch_of() {			# what alice has touched there, without ids
	sim attic GET "/state?user=alice" | gojq -r '.[] | [(.VersionOf != null),
	    .Played, .PlaybackPositionTicks, .PlayCount] | join(" ")'
}
user=$(attic contact | awk '$1 == "user" { print $2 }')
listed=$(sim attic GET "/items?from=5&count=1" |
    gojq -r '.[] | select(.VersionOf == null).ItemId')
sim attic GET "/items?from=5&count=1" | gojq -r '.[].ItemId' | sort \
    >"$work/files"
is "$(attic alternates "$listed" | awk '$1 == "alternate" { print $3 }' |
    sort)" "$(cat "$work/files")" "alternates: every file of an item"
is "$(attic alternates "$listed" 00000000000000000000000000000001 |
    result | cut -d' ' -f1)" ok "and none of what does not exist"
version=$(grep -v "$listed" "$work/files" | head -1)
act attic alice "$version" partial "&percent=30"
sim attic POST "/server?what=clock&skew=2" >/dev/null
ticks=$(touch_of | awk '$1 == "true" { print $3 }')
attic read "$user" "$listed" "/$version" "/00000000000000000000000000000001" \
    >"$work/read"
is "$(awk '$1 == "userdata" { print $2 }' "$work/read")" "$listed
$version" "read: an item and its version, and nothing of what is not there"
awk -v id="$version" '$2 == id { print $3 }' "$work/read" >"$work/version"
grep -q "^0,$ticks,1," "$work/version"
ok $? "read: the version's own userdata"
before=$(cat "$work/version")
shown=$(awk -v id="$listed" '$2 == id { print $3 }' "$work/read")

write_both() {			# write_both EXPECTED-OF-VERSION WANTED
	attic write "$user" "$listed" "$shown" "$2" "/$version" "$1" "$2" |
	    awk '$1 == "written" { print $2 }' | paste -sd' ' -
}
is "$(write_both 1,0,9,0,0 1,0,1,1700000000,0)" "changed changed" \
    "write: one has changed, and nothing is written"
is "$(touch_of)" "true false $ticks 1" "nothing at all"
act attic alice 5 start
is "$(write_both "$before" 1,0,1,1700000000,0)" "playing playing" \
    "write: the item is played, and so nothing is written"
act attic alice 5 unmark
act attic alice 5 stop
sim attic POST "/server?what=clock&skew=4" >/dev/null
shown=0,0,0,0,0
is "$(write_both 0,0,0,0,0 1,0,1,1700000000,0)" "done done" \
    "write: both are as expected"
is "$(touch_of | sort -u)" "false true 0 1
true true 0 1" "and both are written"
shown=1,0,1,1700000000,0
reset_counts attic
is "$(write_both 1,0,1,1700000000,0 0,0,0,0,0)" "done done" \
    "write: both are cleared"
is "$(counts attic played_delete) $(counts attic userdata_write)" "1 0" \
    "by one request"
is "$(touch_of | sort -u)" "false false 0 0
true false 0 0" "and are"

done_testing
