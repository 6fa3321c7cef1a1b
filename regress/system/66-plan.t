#!/bin/sh
# plan shows exactly what a sync then writes; undo puts back exactly what was.

. "$(dirname "$0")/../lib.sh"

differences=${DIFFERENCES:-5000}
seed=${SEED:-$(date +%s)}
echo "# seed $seed, $differences differences"
start_three $((differences / 2))
configure_three
servers=$three

# A first contact, with servers that are not as fast as each other.
sim cellar POST "/pace?latency_ms=10" >/dev/null
sim den POST "/pace?latency_ms=30" >/dev/null
jellyporterd -o -n -f "$config" -s "$socket" >"$work/dry" 2>>"$work/daemon.log"
once || bail_out "the first sync"
is "$(all_writes) writes would be made" "$(tail -1 "$work/dry")" \
    "a first contact makes as many writes as planned"
for server in $three; do
	sim "$server" POST "/pace?latency_ms=0" >/dev/null
done
start_daemon
sync_now || bail_out "the second sync"
for server in $three; do
	for person in alice bob; do
		state "$server" "$person" >"$work/$server.$person.before"
	done
done
later_than() {
	[ "$(date -u +%s)" -gt "$1" ]
}
wait_for later_than "$(date -u +%s)"
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# Random acts, each item of a person's on one server: a line for curl each.
for server in $three; do
	sim "$server" GET /items | gojq -r '.[] | select(.Copy == null and
	    .VersionOf == null) | .Number' | sort -un >"$work/$server.items"
done
cat "$work"/*.items | sort | uniq -d >"$work/shared"
for person in alice bob; do
	for server in $three; do
		grep -Fxf "$work/shared" "$work/$server.items" |
		    sed "s/^/$server $person /"
	done
done | awk -v seed="$seed" 'BEGIN { srand(seed) }
    { print rand() "\t" $0 }' | sort -k1,1 | cut -f2 |
    awk '!seen[$2 " " $3]++' | head -"$differences" >"$work/acts"
awk -v seed="$seed" 'BEGIN { srand(seed + 1); split("finish partial mark " \
    "favorite finish&date=2026-02-03T04:05:06Z partial&percent=77", what, " ") }
    { print $1, "/act?user=" $2 "&item=" $3 "&what=" what[int(rand() * 6) + 1] }' \
    "$work/acts" >"$work/requests"
for server in $three; do
	awk -v server="$server" -v at="http://$(cat "$work/$server.control")" \
	    '$1 == server { print "url = \"" at $2 "\"\noutput = \"/dev/null\"" }' \
	    "$work/requests" >"$work/curl"
	curl -sS --fail -X POST -K "$work/curl" || bail_out "acts on $server"
	reset_counts "$server"
done
is "$(wc -l <"$work/requests" | tr -d ' ')" "$differences" \
    "there are as many differences"

rows() {			# the writes of a JSON answer, in one form
	gojq -r ".$1[] | [.server, .person, .title, .season, .episode,
	    .old_played, .old_position, .old_play_count, .old_last_played,
	    .old_favorite, .new_played, .new_position, .new_play_count,
	    .new_last_played, .new_favorite] | @tsv" | sort
}

ctl -j plan | tail -1 >"$work/plan.json"
rows writes <"$work/plan.json" >"$work/plan"
[ "$(wc -l <"$work/plan")" -gt $((differences / 2)) ]
ok $? "a plan of $(wc -l <"$work/plan" | tr -d ' ') writes"
is "$(all_writes)" 0 "nothing was written"
ctl -j plan server den | tail -1 | rows writes >"$work/plan.den"
grep '^den	' "$work/plan" | diff - "$work/plan.den" | head -5 >"$work/diff"
is "$(cat "$work/diff")" "" "a plan for one server is its part, once more"
jellyporterd -o -n -f "$config" -s "$socket" >"$work/dry" 2>>"$work/daemon.log"
is $? 0 "a dry run beside the daemon"
is "$(tail -1 "$work/dry")" "$(wc -l <"$work/plan" | tr -d ' ') writes would be made" \
    "says the same number"
is "$(($(wc -l <"$work/dry") - 1))" "$(wc -l <"$work/plan" | tr -d ' ')" \
    "a line for each"
is "$(all_writes)" 0 "and writes nothing"
is "$(sqlite3 "$work/db/test.db" \
    'SELECT count(*) FROM copy WHERE need = 1')" 0 \
    "the daemon's database knows nothing of it"
is "$(find "$work/db" -name '*.plan*')" "" "and nothing is left behind"

sync_now
is $? 0 "then a sync"
is "$(all_writes)" "$(wc -l <"$work/plan" | tr -d ' ')" \
    "makes as many writes as planned"
ctl -j show audit since "$began" limit 1000000 |
    gojq '{audits: [.audits[] | select(.kind == "write")]}' |
    rows audits >"$work/audit"
diff "$work/plan" "$work/audit" | head -5 >"$work/diff"
is "$(cat "$work/diff")" "" "exactly those"
is "$(ctl plan | tail -1)" "nothing would be written" "then nothing is left"

for server in $three; do
	for person in alice bob; do
		state "$server" "$person" >"$work/$server.$person.after"
	done
done

wait_for later_than "$(date -u +%s)"
undone=$(date -u +%Y-%m-%dT%H:%M:%SZ)
ctl undo since "$began" >"$work/undone"
grep -q 'changes were undone$' "$work/undone"
ok $? "undo: $(cat "$work/undone")"
sync_now
for server in $three; do
	for person in alice bob; do
		state "$server" "$person" |
		    diff "$work/$server.$person.before" - |
		    head -5 >"$work/diff"
		is "$(cat "$work/diff")" "" \
		    "undo since: $server has again what $person had before"
	done
done
reset_all
sync_now
is "$(all_writes)" 0 "and nothing is left to write"

ctl undo since "$undone" >/dev/null
sync_now
for server in $three; do
	for person in alice bob; do
		state "$server" "$person" |
		    diff "$work/$server.$person.after" - |
		    head -5 >"$work/diff"
		is "$(cat "$work/diff")" "" \
		    "undo of the undo: $server, $person"
	done
done

# A single entry.
film=$(tail -1 "$work/attic.items")
act attic alice "$film" finish
sync_now
id=$(ctl -j show audit limit 1 | gojq '.audits[0].id')
before=$(ctl -j show audit limit 1 | gojq -r '.audits[0].old_play_count')
ctl undo "$id" >/dev/null
sync_now
count=$(item_state attic alice "$film" | cut -d' ' -f3)
is "${count:-0}" "$before" "undo of one entry, the count too"
ctl undo 999999999 2>"$work/err"
is $? 1 "an unknown id is an error"
ctl undo 2>"$work/err"
is $? 2 "undo of nothing is wrong usage"

# A first contact that nobody wanted: every server has its own again, and
# nothing of anybody's history is lost for it.
stop_daemon
for server in $three; do
	sim "$server" POST "/server?what=id" >/dev/null
done
rm -rf "$work/db"
sed -n '1~7p' "$work/attic.items" | while read -r n; do
	set_state attic alice "$n" "played=1&count=4&date=2025-01-02T03:04:05Z"
done
sed -n '1~5p' "$work/den.items" | while read -r n; do
	set_state den alice "$n" "played=0&count=0&position=0&favorite=0&date="
done
for server in $three; do
	for person in alice bob; do
		state "$server" "$person" >"$work/$server.$person.before"
	done
done
start_daemon
sync_now
[ "$(all_writes)" -gt 0 ]
ok $? "a first contact writes"
ctl undo since 2020-01-01 >"$work/undone"
sync_now
for server in $three; do
	state "$server" alice | diff "$work/$server.alice.before" - |
	    head -5 >"$work/diff"
	is "$(cat "$work/diff")" "" \
	    "undo of a first contact: $server has its own again"
	reset_counts "$server"
done
sync_now
is "$(all_writes)" 0 "and keeps it"
film=$(sed -n 1p "$work/den.items")
act den alice "$film" finish
sync_now
is "$(item_state attic alice "$film" | cut -d' ' -f1)" true \
    "until somebody watches it: that travels"

done_testing
