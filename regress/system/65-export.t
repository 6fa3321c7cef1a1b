#!/bin/sh
# Export and import: the round trip is exact, also into a fresh database with
# other servers; a first contact merges, -f replaces; what is wrong changes
# nothing, and what is interrupted can be done again.

. "$(dirname "$0")/../lib.sh"

items=${ITEMS:-240}
file=$work/history.jsonl

lines() {			# lines FILE: history in a fixed order
	grep -v '"format"' "$1" | LC_ALL=C sort
}

agreed() {			# what the daemon has agreed, in that order
	ctl export - >"$work/now.jsonl" || bail_out "export"
	lines "$work/now.jsonl"
}

line_of() {			# line_of PERSON NUMBER: by its title
	title=$(sim "$any" GET "/items?from=$2&count=1" | gojq -r '.[0].Title')
	gojq -c --arg p "$1" --arg t "$title" \
	    'select(.person == $p and .title == $t)' "$work/now.jsonl"
}

make_file() {			# make_file FILE: lines of stdin, with a header
	head -1 "$file" >"$1"
	cat >>"$1"
}

summary() {			# summary FIELD, of the last import -j
	tail -1 "$work/import.out" | gojq -r ".summaries[0].$1"
}

import() {
	ctl -j import "$@" >"$work/import.out" 2>"$work/import.err"
}

start_three "$items"
configure_three
servers=$three
any=attic
# Nobody touched these: all three have them.
for n in 100 101 102 103 104 105; do
	for server in $servers; do
		for user in alice bob; do
			set_state "$server" "$user" "$n" \
			    "played=0&position=0&count=0&favorite=0&date="
		done
	done
done
start_daemon
sync_now || bail_out "the first sync"
act attic alice 100 finish
act cellar alice 101 partial "&percent=40"
act den alice 102 favorite
act attic alice 103 finish
act attic bob 104 mark
sync_now
act attic alice 103 unmark
sync_now

ctl export "$file" >"$work/out"
is $? 0 "an export"
is "$(stat -c %a "$file")" 600 "only its owner may read it"
is "$(find "$work" -name 'history.jsonl.*')" "" "and nothing else is left"
is "$(head -1 "$file" | gojq -r '[.format, .format_version] | @text')" \
    '["jellyporter history",1]' "it has a header"
wanted=$(sqlite3 "$work/db/test.db" 'SELECT count(*) FROM agreed')
is "$(lines "$file" | wc -l)" "$wanted" "and a line for all that is agreed"
is "$(cat "$work/out")" "$wanted lines exported" "which is what is said"
cp "$file" "$work/now.jsonl"
is "$(line_of alice 103 | gojq -c '[.played, .position, .play_count,
    .last_played, .favorite]')" '[false,0,0,null,false]' "an unmark is in it"

ctl export "$file" >/dev/null 2>"$work/err"
is "$?, $(cat "$work/err")" "1, jellyporterctl: $file is there already; export -f replaces it" \
    "a file that is there stays"
ctl export -f "$file" >/dev/null
is $? 0 "unless it is to be replaced"
mkdir "$work/directory"
ctl export -f "$work/directory" 2>/dev/null
is $? 1 "a directory is not replaced"
ctl export "$work/no/file" 2>"$work/err"
is "$?, $(cat "$work/err")" \
    "1, jellyporterctl: cannot make $work/no/file: No such file or directory" \
    "a directory that is not there is named"
ctl -j export -f "$file" | gojq -e ".summaries[0].lines == $wanted" >/dev/null
is $? 0 "the summary as JSON"
jellyporterctl -s "$work/none" export "$work/second" 2>/dev/null
is "$? $(find "$work" -name 'second*')" "3 " \
    "without a daemon there is no file at all"

# What is there already.
lines "$file" >"$work/first"
reset_all
before=$(sqlite3 "$work/db/test.db" 'SELECT * FROM agreed' | md5sum)
import "$file"
is "$? $(summary changed) $(summary unmatched)" "0 0 0" \
    "importing what is agreed changes nothing"
import -f "$file"
is "$? $(summary changed) $(summary unchanged)" "0 0 $wanted" \
    "nor does it with -f"
ctl export - | ctl import - >"$work/out"
is "$(cat "$work/out")" "$wanted lines: 0 changed what was agreed, $wanted were agreed already, 0 unmatched" \
    "nor from a pipe"
is "$(sqlite3 "$work/db/test.db" 'SELECT * FROM agreed' | md5sum)" "$before" \
    "not even a version"
agreed >"$work/second"
is "$(diff "$work/first" "$work/second")" "" "the next export is the same"
sync_now
is "$(all_writes)" 0 "and nothing is written"

# What is wrong.
refused() {			# refused FILE WANTED NAME
	import -f "$1"
	is "$?, $(cat "$work/import.err")" "1, jellyporterctl: $1$2" "$3"
	is "$(sqlite3 "$work/db/test.db" 'SELECT * FROM agreed' | md5sum)" \
	    "$before" "$3: nothing is imported"
}

sed 's/"played":true/"played":false/; $s/"play_count":[0-9]*/"play_count":-1/' \
    "$file" >"$work/bad"
refused "$work/bad" ":$((wanted + 1)): \"play_count\" is not a number from 0 to 2147483647" \
    "a wrong line at the end"
sed 's/"played":true/"played":false/; 5s/.$//' "$file" >"$work/bad"
refused "$work/bad" ":5: the line ends in the middle" "a line cut short"
sed 's/"played":true/"played":false/; 7s/"person":"[a-z]*"/"person":"carol"/' \
    "$file" >"$work/bad"
refused "$work/bad" ":7: there is no person \"carol\" in the configuration; there is: alice, bob" \
    "somebody else's history"
sed 's/"played":true/"played":false/; 1s/"format_version":1/"format_version":2/' \
    "$file" >"$work/bad"
refused "$work/bad" ":1: format_version is 2, and this jellyporterctl knows none above 1: install a newer one" \
    "a newer format"
sed 1d "$file" >"$work/bad"
refused "$work/bad" ":1: the first line is no header (\"format\": \"jellyporter history\"), so this is no history" \
    "a file without a header"
: >"$work/bad"
refused "$work/bad" ": it is empty" "an empty file"
refused "$work/none" ": No such file or directory" "no file"
{ head -1 "$file"; head -c 70000 /dev/zero | tr '\0' x; } >"$work/bad"
refused "$work/bad" ":2: the line is too long (at most 65535 bytes)" \
    "a line without an end"

# Looking is not changing.
chmod 777 "$work"
chmod 666 "$socket"
setpriv --reuid 65534 --clear-groups "$top/jellyporterctl/jellyporterctl" \
    -s "$socket" import - <"$file" >"$work/out" 2>&1
is "$?, $(cat "$work/out")" \
    "1, jellyporterctl: only root or the daemon's user may do this" \
    "others may not import"
setpriv --reuid 65534 --clear-groups "$top/jellyporterctl/jellyporterctl" \
    -s "$socket" export - | grep -v '"format"' | LC_ALL=C sort |
    diff -q - "$work/first" >/dev/null
is $? 0 "but see what they could see anyway"

# What matches nothing here, and what nobody can tell.
gojq -c 'select(.kind == "movie" and (.ids | has("tmdb"))) |
    .played = (.played | not)' "$file" >"$work/movies"
one=$(sed -n 1p "$work/movies")
other=$(sed -n 2p "$work/movies" | gojq -r .ids.tmdb)
make_file "$work/odd" <<-END
	$(echo "$one" | gojq -c '.ids = {"imdb": "tt9999999"}')
	$(echo "$one" | gojq -c '.ids = {}')
	$(echo "$one" | gojq -c --arg id "$other" '.ids.tmdb = $id')
END
import -f "$work/odd"
is "$? $(summary changed) $(summary unmatched)" "0 0 3" \
    "what matches nothing here is counted"
is "$(sed '$d' "$work/import.out" | gojq -r '[.line, .reason] | @text')" \
    '[2,"no such item on any server"]
[3,"no ids"]
[4,"ids disagree"]' "and listed with its line and the reason"
ctl import -f "$work/odd" | grep -q '^line 3: .*: no ids$'
is $? 0 "as text too"

# -f replaces, whatever it is by.
make_file "$work/one" <<-END
	$(line_of alice 100 | gojq -c '.played = false | .position = 0 |
	    .play_count = 0 | .last_played = null')
	$(line_of alice 102 | gojq -c '.favorite = false')
	$(line_of bob 104 | gojq -c '.play_count = 7 | .favorite = true |
	    .last_played = "2020-01-01T00:00:00Z"')
END
import "$work/one"
is "$(summary changed) $(summary unchanged)" "1 2" \
    "a first contact takes nothing away"
agreed >/dev/null
is "$(line_of bob 104 | gojq -c '[.played, .play_count, .favorite]')" \
    '[true,7,true]' "and adds what there is more"
import -f "$work/one"
is "$(summary changed)" 3 "with -f it does"
sync_now
for server in $servers; do
	is "$(item_state "$server" alice 100)$(item_state "$server" alice 102)" \
	    "" "$server: unmarked, no count, no date, no favorite"
	is "$(item_state "$server" bob 104)" \
	    "true 0 7 true 2020-01-01T00:00:00" "$server: as imported"
done
reset_all
sync_now
is "$(all_writes)" 0 "then nothing is written"
ctl export -f "$file" >/dev/null
lines "$file" >"$work/first"

# Other servers, with the same works, a fresh database.
stop_daemon
mv "$work/db" "$work/db.first"
both=$((items + items / 3))
start_sim loft --version 10.10.7 --seed 11 --catalogue 7 --items $both \
    --user alice:a --user bob:b
start_sim shed --version 12.0.0 --seed 12 --catalogue 7 --items $both \
    --user alicia:a --user bob:b
servers="loft shed"
any=loft
begin_config
configure_client loft "users:" "  alice: alice" "  bob: bob"
configure_client shed "users:" "  alice: alicia" "  bob: bob"
start_daemon
sync_now || bail_out "the first sync of other servers"
is "$(agreed)" "" "a fresh database has nothing agreed"
import -f "$file"
is "$? $(summary changed) $(summary unmatched)" "0 $wanted 0" \
    "an export fits other servers"
agreed >"$work/second"
is "$(diff "$work/first" "$work/second" | head -4)" "" \
    "and their export is the same, line by line"
sync_now
is "$(ctl -j status | gojq '[.servers[].owed] | add')" 0 "nothing is owed"
is "$(state loft alice | cut -f1-5)" "$(state shed alicia | cut -f1-5)" \
    "both hold the same"
is "$(item_state loft bob 104)" "true 0 7 true 2020-01-01T00:00:00" \
    "what the first servers held"
reset_all
sync_now
is "$(all_writes)" 0 "once"
agreed >"$work/second"
is "$(diff "$work/first" "$work/second" | head -4)" "" \
    "and that is still what is agreed"

# A first contact with what was done here meanwhile.
act loft alice 101 finish "&date=2037-01-01T00:00:00Z"
act loft alice 105 finish
sync_now
agreed >/dev/null
count=$(line_of alice 101 | gojq .play_count)
alone=$(line_of alice 105)
import "$file"
is "$(summary changed)" 0 "nothing is taken back by a first contact"
agreed >/dev/null
is "$(line_of alice 101 | gojq -c '[.played, .position, .play_count,
    .last_played]')" "[true,0,$count,\"2037-01-01T00:00:00Z\"]" \
    "the later play stays"
import -f "$file"
is "$(summary changed)" 1 "-f puts back what is in the file"
agreed >/dev/null
is "$(line_of alice 105)" "$alone" "and leaves alone what is not"
sync_now
[ "$(item_state shed alicia 101 | cut -d' ' -f2)" -gt 0 ]
is $? 0 "which reaches the servers"

# Interrupted: half of it, then a lot that is nowhere, then the other half.
agreed >"$work/first"
half=$(($(wc -l <"$work/first") / 2))
cp "$work/now.jsonl" "$file"
{
	head -$half "$work/first"
	sed -n 1p "$work/movies" | gojq -c '.ids = {"imdb": "tt9999999"}' |
	    awk '{ for (n = 0; n < 30000; n++) print }'
	tail -n +$((half + 1)) "$work/first"
} | sed 's/"favorite":false/"favorite":1/; s/"favorite":true/"favorite":false/
    s/"favorite":1/"favorite":true/' | make_file "$work/long"
grep -v tt9999999 "$work/long" >"$work/changed"
lines "$work/changed" >"$work/wanted"

interrupted() {			# interrupted WHO COMMAND ...
	import -f "$file"
	import -f "$work/long" &
	importer=$!
	# Until some of it is on the disk.
	wait_for some_changed || bail_out "the import does not begin"
	who=$1
	shift
	"$@"
	wait $importer 2>/dev/null
	[ "$who" = ctl ] || wait_for ctl status || bail_out "no engine"
	agreed >"$work/second"
	same=$(comm -12 "$work/second" "$work/first" | wc -l)
	done=$(comm -12 "$work/second" "$work/wanted" | wc -l)
	[ "$same" -gt 0 ] && [ "$done" -gt 0 ]
	is $? 0 "the $who killed in the middle"
	is $((same + done)) "$(wc -l <"$work/first")" \
	    "each line is as before or as imported"
	import -f "$work/long"
	agreed >"$work/second"
	is "$(diff "$work/wanted" "$work/second" | head -4)" "" \
	    "importing again completes it"
	import -f "$work/long"
	is "$(summary changed)" 0 "and again does nothing"
}

some_changed() {
	agreed >"$work/second"
	[ "$(comm -12 "$work/second" "$work/wanted" | wc -l)" -gt 0 ]
}

kill_ctl() {
	pkill -KILL -P $importer jellyporterctl
}

kill_engine() {
	kill -KILL "$(pgrep -P "$daemon_pid" -f engine)"
}

interrupted ctl kill_ctl
interrupted engine kill_engine
import -f "$file"
agreed >"$work/second"
is "$(diff "$work/first" "$work/second" | head -4)" "" "and back again"

# The daemon answers others while it imports.
import -f "$work/long" &
importer=$!
slowest=0
for n in 1 2 3 4 5 6 7 8; do
	began=$(date +%s%N)
	ctl status >/dev/null
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le $slowest ] || slowest=$took
done
wait $importer
echo "# status beside an import: $slowest ms at most"
[ $slowest -lt 3000 ]
is $? 0 "the daemon answers while it imports"

done_testing
