#!/bin/sh
# A disk without room in the middle of a sync, and a directory that may not be
# written to: what is said, by whom, that nothing is lost or made up, and that
# it goes on by itself when the cause is gone.

. "$(dirname "$0")/../lib.sh"

mkdir "$work/db"
mount -t tmpfs -o size=6m,mode=0700 tmpfs "$work/db" 2>/dev/null || {
	echo "1..0 # SKIP nothing can be mounted here"
	exit 0
}
trap 'stop_daemon; umount "$work/db"; cleanup' EXIT

logged() {			# logged TEXT [TIMES]
	[ "$(grep -c -F -e "$1" "$work/daemon.log")" -ge "${2:-1}" ]
}

status_says() {			# status_says TEXT
	ctl status 2>&1 | grep -qF -e "$1"
}

writes_begun() {
	[ "$(writes den)" -gt 5 ]
}

start_three 300
configure_three
expected_union alice >"$work/expected.alice"
for server in $three; do
	sim "$server" POST "/pace?latency_ms=10" >/dev/null
done

echo "# no room"
full="engine error: $work/db/test.db: there is no room for it on the disk: make some in $work/db"
start_daemon
wait_for writes_begun
dd if=/dev/zero of="$work/db/ballast" bs=64k 2>/dev/null
wait_for logged "$full"
ok $? "it is said which file has no room, and what to do"
others=$(pgrep -P "$daemon_pid" -f 'fetcher|resolver' | paste -sd' ' -)
wait_for logged "$full" 3
ok $? "it is tried again"
wait_for status_says "the engine is started again in "
ok $? "jellyporterctl is told that there is no engine just now"
status_says "it ended with status 75: $work/db/test.db: there is no room"
ok $? "and why"
ctl status >/dev/null 2>&1
is $? 1 "and fails"
is "$(pgrep -P "$daemon_pid" -f 'fetcher|resolver' | paste -sd' ' -)" \
    "$others" "the others go on"
rm "$work/db/ballast"
wait_for idle
ok $? "when there is room again it catches up by itself"
for server in $three; do
	expected_on "$server" alice >"$work/want"
	state "$server" alice >"$work/have"
	is "$(diff "$work/want" "$work/have" | head -5)" "" \
	    "every copy of alice on $server is as agreed"
done
ctl show processes | grep -q '^engine .*there is no room for it'
ok $? "show processes says what it was"
stop_daemon
is "$(sqlite3 "$work/db/test.db" 'PRAGMA integrity_check')" ok \
    "the database is whole"
servers=$three
reset_all
once
is $? 0 "one more sync goes well"
wrote "0 0 0" "and has nothing to write"

dd if=/dev/zero of="$work/db/ballast" bs=64k 2>/dev/null
act attic alice 120 favorite
timeout 20 jellyporterd -o -f "$config" -s "$socket" >"$work/out" 2>&1
is $? 75 "a single sync does not wait for room"
grep -qF "$full" "$work/out"
ok $? "but says that there is none"
rm "$work/db/ballast"

echo "# a read-only file system"
: >"$work/daemon.log"
mount -o remount,ro "$work/db"
jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
daemon_pid=$!
readonly="$work/db/test.db: root may not write to it and to $work/db (Read-only file system): make both writable for root"
wait_for logged "engine error: $readonly"
ok $? "it is said who may not write where"
mount -o remount,rw "$work/db"
wait_for idle
ok $? "it begins when it may"
is "$(item_state den alice 120)" "$(item_state attic alice 120)" \
    "and syncs"
stop_daemon

echo "# a directory of somebody else's"
: >"$work/daemon.log"
chmod 755 "$work"
chmod 644 "$config"
mkdir "$work/theirs" "$work/run"
chown nobody "$work/theirs" "$work/run"
chmod 500 "$work/theirs"
sed -i "s,$work/db,$work/theirs," "$config"
# Not a function: what runs in the background would be another shell then.
as_nobody="setpriv --reuid $(id -u nobody) --regid $(id -g nobody) --clear-groups"
if $as_nobody jellyporterd -V >/dev/null 2>&1; then
	socket=$work/run/ctl.sock
	$as_nobody jellyporterd -d -f "$config" -s "$socket" \
	    >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for logged "engine error: $work/theirs/test.db: nobody may not write to it and to $work/theirs (Permission denied): make both writable for nobody"
	ok $? "it is said who may not write where"
	chmod 700 "$work/theirs"
	kill -HUP "$daemon_pid"
	wait_for ctl status
	ok $? "SIGHUP tries it at once"
	stop_daemon
else
	ok 0 "nobody may not write # SKIP nobody cannot run jellyporterd"
fi

done_testing
