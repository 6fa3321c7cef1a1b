#!/bin/sh
# Starting, stopping, refusing to start; and how jellyporterctl says what it
# found.

. "$(dirname "$0")/../lib.sh"

start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 50 \
    --user alice:a --watched 100
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 50 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"

jellyporterd -V | grep -q '^jellyporterd [0-9]'
ok $? "-V prints the version"
is "$(jellyporterd -n -f "$config" 2>&1)" "configuration OK" "-n says OK"
jellyporterd -nv -f "$config" >"$work/printed" 2>&1
is "$(grep -c '\*\*\*\*\*\*\*\*' "$work/printed")" 2 "-nv blanks out the keys"
grep -q "$api_key" "$work/printed"
is $? 1 "and prints none"
echo "nonsense: 1" >>"$config"
jellyporterd -f "$config" -s "$socket" >"$work/out" 2>&1
is $? 78 "a wrong configuration is refused with EX_CONFIG"
grep -q 'config.yaml:[0-9]*:[0-9]*: ' "$work/out"
ok $? "with its place"
sed -i '$d' "$config"

ctl status >/dev/null 2>&1
is $? 3 "jellyporterctl: 3 when the daemon is not running"
ctl nonsense >/dev/null 2>&1
is $? 2 "jellyporterctl: 2 for usage"

jellyporterd -o -f "$config" -s "$socket" <&- >&- 2>&-
is $? 0 "-o: 0 when all went well, with nothing to print to"
is "$(state attic alice)" "$(state cellar alice)" "-o syncs"
fault cellar "kind=status&status=500"
once
is $? 1 "-o: 1 when a server failed"
no_faults cellar

# Databases that are not to be touched.
mkdir "$work/other"
refused() {			# refused NAME FILE PATTERN
	cp "$config" "$work/config.other"
	sed "s|path: .*|path: $2|" "$config" >"$work/refused.yaml"
	before=$(cksum <"$2")
	timeout 10 jellyporterd -o -f "$work/refused.yaml" -s "$socket" \
	    >"$work/out" 2>&1
	is $? 78 "$1 is refused"
	grep -q "$3" "$work/out"
	ok $? "and the message says why"
	is "$(cksum <"$2")" "$before" "and it is left alone"
}
echo "these are not the bytes of a database, by far" >"$work/other/text"
refused "a file that is no database" "$work/other/text" "not a database"
sqlite3 "$work/other/foreign.db" "CREATE TABLE films (title)"
refused "somebody else's database" "$work/other/foreign.db" \
    "not a database of jellyporter"
cp "$work/db/test.db" "$work/other/newer.db"
sqlite3 "$work/other/newer.db" "PRAGMA user_version = 99" >/dev/null
refused "a newer schema" "$work/other/newer.db" "newer jellyporter"

start_daemon
timeout 10 jellyporterd -o -f "$config" -s "$socket" >"$work/out" 2>&1
is $? 1 "a second daemon does not start"
grep -q 'another jellyporterd is running' "$work/out"
ok $? "and says why"

wait_for sh -c "jellyporterctl -s '$socket' -j status |
    gojq -e '.daemons[0].syncing == false'"
ctl status >"$work/out" 2>&1
is $? 0 "jellyporterctl status: 0"
ctl -j status | gojq -e '.servers | length == 2' >/dev/null
ok $? "status -j is JSON"
ctl stat >/dev/null 2>&1
is $? 0 "a word may be cut short"
ctl s >/dev/null 2>&1
is $? 2 "but not if it is ambiguous"
ctl sync now server nowhere >"$work/out" 2>&1
is $? 1 "an unknown server is an error"
ctl -j sync now server attic | tail -1 |
    gojq -e '.summaries | length == 1' >/dev/null
ok $? "sync now server NAME is about that server"
title=$(sim attic GET "/items?from=3&count=1" | gojq -r '.[0].Title')
ctl -j show item "$title" | gojq -e '.works[0].copies | length == 2' >/dev/null
ok $? "show item shows every copy"
ctl -j show servers | gojq -e '.servers[0].version == "12.0.0"' >/dev/null
ok $? "show servers"
ctl -j show unmatched | gojq -e '.unmatched | length == 0' >/dev/null
ok $? "show unmatched"
ctl -j show audit limit 2 | gojq -e '.audits | length == 2' >/dev/null
ok $? "show audit"
ctl show audit person nobody >"$work/out" 2>&1
is $? 1 "an unknown person is an error, not one who did nothing"
ctl status >&- 2>"$work/out"
is $? 1 "jellyporterctl: without an output it is an error"
grep -q 'cannot print' "$work/out"
ok $? "and says so"
ctl status >/dev/full 2>/dev/null
is $? 1 "jellyporterctl: a full disk is an error"
ctl -j status <&- | gojq -e . >/dev/null
ok $? "jellyporterctl: an input is not needed"
jellyporterctl -s "" status >/dev/null 2>&1
is $? 2 "jellyporterctl: no path is wrong usage"
ctl -j show audit | gojq -e '.audits[0] | .person == "alice" and
    .server == "cellar" and .from_server == "attic" and
    .new_played == true and .result == "written"' >/dev/null
ok $? "an audit row says who, where, what and from where"

# A child that dies comes back, and is linked again.
for role in 'fetcher cellar' engine; do
	old=$(pgrep -P "$daemon_pid" -f "$role")
	kill -KILL "$old"
	wait_for sh -c "pgrep -P $daemon_pid -f '$role' | grep -vqx $old"
	ok $? "the $role is started again"
	act attic alice 7 favorite
	wait_for jellyporterctl -s "$socket" sync now
	is "$(item_state cellar alice 7)" "$(item_state attic alice 7)" \
	    "and goes on"
	act attic alice 7 unfavorite
done

act attic alice 8 finish
kill -USR1 "$daemon_pid"
wait_for sh -c "curl -s 'http://$(cat "$work/cellar.control")/state?user=alice' |
    gojq -e '[.[] | select(.Number == 8)][0].Played'"
ok $? "SIGUSR1 syncs now"

began=$(date +%s)
kill -TERM "$daemon_pid"
wait "$daemon_pid"
is $? 0 "SIGTERM stops it cleanly"
daemon_pid=
[ $(($(date +%s) - began)) -le 5 ]
ok $? "within five seconds"
[ ! -e "$socket" ]
ok $? "and its socket is gone"
pgrep -f "$config" >/dev/null
is $? 1 "and so are its children"

done_testing
