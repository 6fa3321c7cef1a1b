#!/bin/sh
# "monitor" tells what happens as it happens, in words and in JSON, and nobody
# who does not read it is waited for.

. "$(dirname "$0")/../lib.sh"

LIVE=auto
servers="attic cellar"
common="--catalogue 7 --items 3000 --user alice:a --notice-ms 100"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 20
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2
begin_config
for server in $servers; do
	configure_client $server "user: alice"
done
start_daemon
sync_now || bail_out "the first sync"
wait_for idle
wait_for live_is attic up
wait_for live_is cellar up

ctl monitor >"$work/text" 2>"$work/text.err" &
text=$!
ctl -j monitor >"$work/json" 2>/dev/null &
json=$!

# The first of its events is the sign that it watches.
watches() {
	ctl pause >/dev/null
	ctl resume >/dev/null
	grep -q 'resumed$' "$work/text" && grep -q '"resumed"' "$work/json"
}
wait_for watches
ok $? "a pause and its end are told"
wait_for idle

said() {			# said PATTERN: a line of text, after its time
	grep -qE "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} $1\$" "$work/text"
}

next Movie
while sim attic GET "/state?user=alice" |
    gojq -e --argjson n "$item" 'any(.[]; .Number == $n)' >/dev/null; do
	next Movie
done
title=$(sim attic GET "/items?from=$item&count=1" | gojq -r '.[0].Title')
act attic alice "$item" finish
wait_for said "attic: alice: $title \([0-9]{4}\): heard: played no -> yes, .*"
ok $? "what a person did"
wait_for said \
    "cellar: alice: $title \([0-9]{4}\): written from attic: played no -> yes, .*"
ok $? "and what was written for it"
event() {			# event FILTER: among those in JSON
	gojq -e -n "[inputs | select($1)] | length > 0" "$work/json"
}
wait_for event '.event == "written" and .server == "cellar" and
    .person == "alice" and .new_played and (.old_played | not) and
    .from_server == "attic" and (.time | endswith("Z"))'
ok $? "in JSON, an object a line"

echo "# servers"
sim cellar POST "/server?what=down" >/dev/null
wait_for said 'cellar: not live: .*'
ok $? "a connection that was cut"
ctl sync now server cellar >/dev/null 2>&1
wait_for said 'cellar: down: GET /System/Info/Public: connection refused'
ok $? "a server that goes down"
ctl sync now server cellar >/dev/null 2>&1
wait_for said 'cellar: failing: .*'
ok $? "stays so"
sim cellar POST "/server?what=up" >/dev/null
wait_for said 'cellar: up'
ok $? "and comes up again"
wait_for said 'cellar: live'
ok $? "and is live"
wait_for idle

echo "# changes that are held, and what loses"
sim attic GET "/state?user=alice" |
    gojq -r '.[] | select(.Played) | .Number' | sed 40q >"$work/played"
while read -r number; do
	act attic alice "$number" unmark
done <"$work/played"
sync_now
wait_for said 'attic: alice: held: [0-9]+ changes that take something back'
ok $? "changes that are held"
ctl discard >/dev/null
wait_for idle
next Movie
sim attic POST "/server?what=down" >/dev/null
wait_for live_is attic down
act cellar alice "$item" partial "&percent=30"
wait_for idle
act attic alice "$item" partial "&percent=60"
sim attic POST "/server?what=up" >/dev/null
wait_for live_is attic up
sync_now
wait_for grep -q ': lost' "$work/text"
ok $? "what lost against something else"

echo "# somebody who does not read"
ctl monitor >"$work/slow" 2>/dev/null &
slow=$!
slow_watches() {
	ctl pause >/dev/null
	ctl resume >/dev/null
	grep -q resumed "$work/slow"
}
wait_for slow_watches
wait_for idle
kill -STOP $slow
engine=$(pgrep -P "$daemon_pid" -f "jellyporterd: engine\$")
memory() {			# of the engine, in MiB
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$engine/status"
}
before=$(memory)
slow_lines=$(wc -l <"$work/slow")
lines=$(wc -l <"$work/text")
read -r control <"$work/attic.control"
sim attic GET /items | gojq -r '.[].Number' | sort -un | sed 2500q |
    while read -r number; do
	echo "url = \"http://$control/set?user=alice&item=$number&played=1&count=1&date=2026-02-01T00:00:00Z\""
	echo "request = POST"
	echo "output = /dev/null"
done >"$work/many"
curl -sS -K "$work/many" || bail_out "many changes"
sync_now
is $? 0 "thousands of changes are synced past it"
wait_for idle
after=$(memory)
# Sanitizers keep what was freed.
[ $((after - before)) -lt 30 ] || [ -n "${SANITIZE:-}" ]
ok $? "the engine keeps no more than a queue of them: $before to $after MiB"
kill -CONT $slow
wait_for grep -q ' events missed$' "$work/slow"
ok $? "who did not is told how many: $(grep missed "$work/slow")"
# Either gets the next one, with which the count is complete.
events() {			# events FILE FROM: shown there, or missed
	tail -n "+$2" "$1" | awk '
	    / events missed$/ { n += $1; next } { n++ } END { print n }'
}
next Movie
act attic alice "$item" favorite
wait_for grep -q 'heard: .*favorite no -> yes' "$work/slow"
ok $? "and gets what comes after"
wait_for grep -q 'heard: .*favorite no -> yes' "$work/text"
all=$(events "$work/text" $((lines + 1)))
[ "$all" -gt 3000 ]
ok $? "there were many: $all"
missing() {			# in the one who did not read
	echo $((all - $(events "$work/slow" $((slow_lines + 1)))))
}
[ "$(missing)" -ge -2 ] && [ "$(missing)" -le 2 ]
ok $? "and every one of them is shown or counted: $(missing)"

echo "# the end"
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
    jellyporterctl -s "$socket" monitor >/dev/null 2>&1 &
interrupted=$!
kill $slow
# One may come before it has become what it is to be.
while kill -INT $interrupted 2>/dev/null; do
	sleep 0.1
done
wait $interrupted
[ $? -gt 128 ]
ok $? "^C ends it"
stop_daemon
wait $text
is $? 1 "so does the end of the daemon"
is "$(cat "$work/text.err")" "jellyporterctl: jellyporterd was stopped" \
    "which is said"
wait $json
tail -1 "$work/json" | gojq -e '.error == "jellyporterd was stopped"' >/dev/null
ok $? "in JSON, too"

done_testing
