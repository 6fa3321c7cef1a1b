#!/bin/sh
# Supervision: each way in which a process can end or hang, what the others do
# meanwhile, when it is there again, and what show processes says of all that.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar den shed"
common="--catalogue 7 --items 60 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 100
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2 --watched 100
# shellcheck disable=SC2086
start_sim den $common --version 10.11.11 --seed 3
# shellcheck disable=SC2086
start_sim shed $common --version 10.9.11 --seed 4
begin_config
port=$(free_port)
sed -i "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$port" "$config"
for server in $servers; do
	configure_client "$server" "user: alice"
done
# The one that will hang is on a host of its own: in the middle of a list it
# would hold up its neighbours for a while.
sed -i "s,$(url den),$(url den | sed s/127.0.0.1/localhost/)," "$config"

pid() {				# pid "engine" | "fetcher NAME" | "listener"
	pgrep -P "$daemon_pid" -f "jellyporterd: $1\$"
}

is_new() {			# is_new ROLE PID
	new=$(pid "$1") && [ -n "$new" ] && [ "$new" != "$2" ]
}

shown() {			# shown "fetcher attic" FILTER
	ctl -j show processes | gojq -r --arg name "$1" '.processes[] |
	    select(.role + (if .server then " " + .server else "" end) ==
	    $name) | '"$2"
}

says() {			# says "fetcher attic" FILTER VALUE
	[ "$(shown "$1" "$2")" = "$3" ]
}

is_up() {			# is_up "fetcher attic" RESTARTS
	says "$1" '"\(.state) \(.restarts)"' "up $2"
}

logged() {			# logged TEXT [TIMES]
	[ "$(grep -c -e "$1" "$work/daemon.log")" -ge "${2:-1}" ]
}

# What somebody does on attic is soon found on another server, whoever else
# hangs or is gone.
travels() {			# travels SERVER NAME
	next Movie
	act attic alice "$item" favorite
	kill -USR1 "$daemon_pid"
	wait_for same "$1"
	ok $? "$2"
}

same() {			# same SERVER: $item there and on attic
	[ "$(item_state "$1" alice "$item")" = \
	    "$(item_state attic alice "$item")" ]
}

echo "# all of them"
start_daemon
everybody="engine
fetcher attic
fetcher cellar
fetcher den
fetcher shed
listener
resolver"
for title in parent engine 'fetcher attic' 'fetcher shed' listener resolver; do
	wait_for is_up "$title" 0
	ok $? "$title is up"
done
is "$(ctl -j show processes | gojq -r '.processes[] |
    "\(.role)\(if .server then " " + .server else "" end) \(.pid)"')" \
    "parent $daemon_pid
$(echo "$everybody" | while read -r title; do
	echo "$title $(pid "$title")"
done)" "each is there once, with its number"
is "$(ctl -j show processes | gojq -c '[.processes[] | select(.last_end != ""
    or .ended != null or .next_start != null or .restarts != 0)]')" "[]" \
    "and none has ended"
if [ -e /proc/self/statm ]; then
	is "$(ctl -j show processes | gojq '.processes | all(.memory > 1000000 and
	    .memory < 1000000000)')" true "the memory of each is known"
fi
ctl sync now >/dev/null
is $? 0 "a first sync"
wait_for idle

echo "# each way to die"
# A sanitizer has a handler of its own for the one.
crash="SEGV 11 (Segmentation fault)"
[ -z "${SANITIZE:-}" ] || crash="ABRT 6 (Aborted)"
stopped=$(date +%s)
kill -STOP "$(pid 'fetcher den')"
den=$(pid 'fetcher den')
travels shed "who does not hang is synced"
says 'fetcher den' .pid "$den"
ok $? "while the one that hangs is there still"
kill -KILL "$(pid 'fetcher attic')"
kill -"${crash%% *}" "$(pid 'fetcher cellar')"
kill -SYS "$(pid listener)"
for title in 'fetcher attic' 'fetcher cellar' listener; do
	wait_for is_up "$title" 1
	ok $? "$title is started again"
done
is "$(shown 'fetcher attic' .last_end)" "ended by signal 9 (Killed)" \
    "SIGKILL is named"
is "$(shown 'fetcher cellar' .last_end)" "ended by signal ${crash#* }" \
    "a crash is named"
is "$(shown listener .last_end)" \
    "was ended by its sandbox for the system call of unknown number" \
    "SIGSYS is the sandbox's"
shown listener '.ended, .since' | grep -qv '^20[0-9-]*T[0-9:]*Z$'
is $? 1 "with the time of it"
travels cellar "who died is synced"

echo "# later each time"
waits=
for i in 1 2 3; do
	kill -KILL "$(pid 'fetcher shed')"
	if [ $i -eq 3 ]; then
		wait_for says 'fetcher shed' .state waiting
		ctl show processes |
		    grep -q '^fetcher shed  *waiting [0-9]* seconds  '
		ok $? "it waits, and the table says for how long"
		is "$(shown 'fetcher shed' '(.next_start | fromdate) -
		    (.ended | fromdate) | . == 4 or . == 5')" true \
		    "which is 4 s and up to a quarter more"
	fi
	wait_for is_up 'fetcher shed' $i
	ok $? "death $i: it is up again"
	waits="$waits $(shown 'fetcher shed' \
	    '(.since | fromdate) - (.ended | fromdate)')"
done
echo "$waits" | awk '{ exit !($1 >= 1 && $2 >= 2 && $3 >= 4) }'
ok $? "after twice as long each time, at least 1, 2 and 4 s:$waits"

echo "# hanging"
engine=$(pid engine)
kill -STOP "$engine"
limit=90 wait_for is_new 'fetcher den' "$den"
ok $? "a fetcher that hangs is killed"
limit=90 wait_for is_new engine "$engine"
ok $? "so is an engine"
wait_for is_up engine 1
ok $? "which serves us again"
wait_for is_up 'fetcher den' 1
seconds=$(($(shown 'fetcher den' '.ended | fromdate') - stopped))
[ $seconds -ge 28 ] && [ $seconds -le 60 ]
ok $? "after 30 s without an answer: $seconds"
for title in engine 'fetcher den'; do
	is "$(shown "$title" .last_end)" \
	    "did not answer for 30 s and was killed" "$title: that is said"
	logged "parent warning: $title has not answered for 30 s: it is killed"
	ok $? "$title: and logged"
done
is "$(grep -c 'it is killed' "$work/daemon.log")" 2 "nobody else is killed"
travels den "the fetcher that hung is synced again"

echo "# EX_CONFIG: waits for a reload"
database() {
	sqlite3 "$work/db/test.db" "PRAGMA busy_timeout = 5000; $1"
}
schema=$(database "PRAGMA user_version" | tail -1)
database "PRAGMA user_version = 99" >/dev/null
kill -KILL "$(pid engine)"
wait_for logged 'engine waits for another configuration: reload it'
ok $? "a database of another version, once it had worked: it waits"
logged 'newer jellyporter (schema 99'
ok $? "and says why"
fetchers=$(pgrep -P "$daemon_pid" | paste -sd' ' -)
is "$(echo "$fetchers" | wc -w | tr -d ' ')" 6 "the others stay"
kill -HUP "$daemon_pid"
wait_for logged 'engine waits for another configuration: reload it' 2
ok $? "a reload tries it again, though the configuration is what it was"
database "PRAGMA user_version = $schema" >/dev/null
kill -HUP "$daemon_pid"
wait_for ctl status
ok $? "and when the database is right it works"
wait_for is_up engine 2
is "$(shown engine .last_end)" \
    "ended with status 78: $work/db/test.db: made by a newer jellyporter (schema 99, this one knows $schema): install that one" \
    "what it was is said"
travels cellar "and it syncs"
is "$(pgrep -P "$daemon_pid" | grep -vx "$(pid engine)" | paste -sd' ' -)" \
    "$fetchers" "with the same others"
stop_daemon

echo "# a start at which half of the fetchers fail"
# Whoever is there is killed at once.  They may be anywhere in their start.
start_daemon
for i in 1 2 3 4 5 6 7 8 9 10; do
	for title in 'fetcher cellar' 'fetcher den'; do
		kill -KILL "$(pid "$title")" 2>/dev/null
	done
	sleep 0.1
done
next Movie
act attic alice "$item" favorite
kill -USR1 "$daemon_pid"
wait_for sh -c "curl -s 'http://$(cat "$work/shed.control")/state?user=alice' |
    gojq -e '[.[] | select(.Number == $item)][0].IsFavorite'"
ok $? "the others are synced"
says 'fetcher cellar' '.restarts == 0 and .state == "up"' true
is $? 1 "while they keep dying"
for title in 'fetcher cellar' 'fetcher den'; do
	wait_for says "$title" .state up
	ok $? "$title is there in the end"
done
travels den "and synced"
stop_daemon

# The fewest descriptors with which it serves: too few to start everybody.
descriptors=12
served=1
while [ $served -ne 0 ] && [ $descriptors -lt 60 ]; do
	stop_daemon
	descriptors=$((descriptors + 1))
	(
		ulimit -n $descriptors
		exec jellyporterd -d -f "$config" -s "$socket" \
		    >"$work/few.log" 2>&1
	) &
	daemon_pid=$!
	limit=3 wait_for timeout 2 jellyporterctl -s "$socket" status
	served=$?
done
is $served 0 "with $descriptors descriptors it serves"
grep -q -e 'fetcher [a-z]* cannot be started: Too many open files' \
    -e 'fetcher [a-z]* cannot be linked: Too many open files' "$work/few.log"
ok $? "and says who could not be started"
stop_daemon

# At the start the database is looked at by who has started it.
database "PRAGMA user_version = 99" >/dev/null
timeout 20 jellyporterd -d -f "$config" -s "$socket" >"$work/out" 2>&1
is $? 78 "EX_CONFIG of an engine that has never worked: the daemon's status"
grep -q 'newer jellyporter (schema 99' "$work/out"
ok $? "and it says why"
database "PRAGMA user_version = $schema" >/dev/null

done_testing
