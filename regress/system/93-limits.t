#!/bin/sh
# Processes that run out of descriptors, or of memory: what is said, that nobody
# keeps busy with it, and that it goes on when there is enough again.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ] || ! command -v prlimit >/dev/null; then
	echo "1..0 # SKIP prlimit is not to be had here"
	exit 0
fi
start_all_roles
start_daemon
wait_for idle

pid() {				# pid "engine" | "fetcher NAME" | "listener"
	pgrep -P "$daemon_pid" -f "jellyporterd: $1\$"
}

logged() {			# logged TEXT
	grep -qF -e "$1" "$work/daemon.log"
}

open_files() {			# open_files PID
	ls "/proc/$1/fd" | wc -l
}

# The limit is on their numbers, among which there may be gaps.
first_free() {			# first_free PID
	fd=0
	while [ -e "/proc/$1/fd/$fd" ]; do
		fd=$((fd + 1))
	done
	echo "$fd"
}

ticks() {			# ticks PID: of a processor, a hundredth of a second each
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# Idle for two seconds?  (A loop would take nearly all of them.)
rests() {			# rests PID
	before=$(ticks "$1")
	sleep 2
	[ $(($(ticks "$1") - before)) -lt 50 ]
}

is_new() {			# is_new ROLE PID
	new=$(pid "$1") && [ -n "$new" ] && [ "$new" != "$2" ]
}

echo "# descriptors"
engine=$(pid engine)
listener=$(pid listener)
prlimit --pid "$engine" --nofile="$(open_files "$engine")":256
prlimit --pid "$listener" --nofile="$(open_files "$listener")":192
timeout 30 jellyporterctl -s "$socket" status >"$work/status" 2>&1 &
client=$!
curl -s -o "$work/answer" -w '%{http_code}' --max-time 30 \
    "http://127.0.0.1:$port/none" >"$work/code" &
visitor=$!
wait_for logged "engine warning: control socket: clients have to wait: Too many open files"
ok $? "a client of the engine has to wait, and it is said"
wait_for logged "listener warning: connections have to wait: Too many open files"
ok $? "so does one of the listener"
rests "$engine"
ok $? "the engine does not keep busy with it"
rests "$listener"
ok $? "nor does the listener"
is "$(grep -c 'have to wait' "$work/daemon.log")" 2 "it is said but once"
prlimit --pid "$engine" --nofile=256:256
prlimit --pid "$listener" --nofile=192:192
wait $client
is $? 0 "the client is served when there are some again"
wait $visitor
is "$(cat "$work/code")" 404 "and so is the other one"
is "$(pid engine) $(pid listener)" "$engine $listener" "nobody has died"

echo "# memory"
# The limit is what it has, and of this process alone.
no_more() {			# no_more PID
	prlimit --pid "$1" --as="$(($(awk '{ print $1 }' "/proc/$1/statm") *
	    $(getconf PAGESIZE)))":
}
asked_until() {			# asked_until TEXT
	kill -USR1 "$daemon_pid"
	logged "$1"
}
fetcher=$(pid "fetcher attic")
no_more "$fetcher"
wait_for asked_until "Cannot allocate memory"
ok $? "a fetcher whose memory is limited says so"
grep -q "server=attic\$" "$work/daemon.log" &&
    grep -q "damaged\|certificate\|makes no sense" "$work/daemon.log"
is $? 1 "and does not blame the server"
wait_for is_new "fetcher attic" "$fetcher"
ok $? "it is started again"
wait_for idle
ok $? "and goes on"

# Of the two that a child takes, the engine leaves one at most.
prlimit --pid "$daemon_pid" --nofile="$(first_free "$daemon_pid"):"
kill -KILL "$engine"
wait_for grep -q -e 'engine cannot be started: Too many open files' \
    -e 'engine cannot be given its socket: Too many open files' \
    "$work/daemon.log"
ok $? "a parent without descriptors says whom it cannot start"
kill -0 "$daemon_pid"
ok $? "and lives"
prlimit --pid "$daemon_pid" --nofile=1024:
wait_for is_new engine "$engine"
ok $? "it starts it when there are some again"
wait_for idle
ok $? "which goes on"

done_testing
