#!/bin/sh
# The clock is set a day ahead and back again while writes wait for their next
# try, and once more than a year ahead: nothing waits for a day, and nothing is
# forgotten too early.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ] || ! ${CC:-cc} -shared -fPIC -o "$work/clock.so" \
    "$top/regress/system/93-clock.c" 2>/dev/null; then
	echo "1..0 # SKIP no library can be loaded before the others here"
	exit 0
fi

set_clock() {			# set_clock SECONDS-AHEAD: in place
	perl -e 'open(my $f, "+<", $ARGV[0]) or die; syswrite($f,
	    pack("q", $ARGV[1])) == 8 or die' "$work/clock" "$1"
}

logged() {			# logged TEXT
	grep -qE -e "$1" "$work/daemon.log"
}

same() {			# $item is on cellar what it is on attic
	[ "$(item_state cellar alice "$item")" = \
	    "$(item_state attic alice "$item")" ]
}

# How many writes wait for more than so many seconds.
waits() {			# waits COUNT SECONDS
	[ "$(sqlite3 "$work/db/test.db" "SELECT count(*) FROM copy WHERE
	    not_before > $(($(date +%s) + $2))")" = "$1" ]
}

# Not a function: what runs in the background would be another shell then.
with_clock="env LD_PRELOAD=$work/clock.so TEST_CLOCK=$work/clock"

head -c 8 /dev/zero >"$work/clock"
servers="attic cellar"
start_all_roles
$with_clock jellyporterd -d -f "$config" -s "$socket" \
    >>"$work/daemon.log" 2>&1 &
daemon_pid=$!
wait_for ctl status
wait_for idle
ok $? "a first sync"

set_clock 86400
fault cellar "kind=status&status=500&request=userdata_write"
item=7
act attic alice "$item" favorite
kill -USR1 "$daemon_pid"
wait_for logged "the clock was set 86[34][0-9]* s ahead"
ok $? "a day ahead: it is seen"
wait_for waits 1 80000
ok $? "a write fails, and waits by that clock"
set_clock 0
no_faults cellar
kill -USR1 "$daemon_pid"
wait_for logged "the clock was set 86[34][0-9]* s back"
ok $? "a day back: it is seen"
wait_for waits 0 80000
ok $? "and the write does not wait for a day"
item=8
act attic alice "$item" favorite
kill -USR1 "$daemon_pid"
wait_for same
ok $? "nor does another one"
ctl -j status | gojq -e '.daemons[0].uptime < 3600' >/dev/null
ok $? "nobody thinks that it runs for a day"
stop_daemon

# An entry from very long ago, which goes as soon as any does.
entry() {			# entry ID: is it there?
	[ "$(sqlite3 "$work/db/test.db" \
	    "SELECT count(*) FROM audit WHERE id = $1")" = 1 ]
}
no_entry() {
	! entry "$1"
}
add_old() {
	sqlite3 "$work/db/test.db" "CREATE TEMP TABLE old AS
	    SELECT * FROM audit LIMIT 1;
	    UPDATE old SET id = 1000000, time = 1000;
	    INSERT INTO audit SELECT * FROM old"
}
first=$(sqlite3 "$work/db/test.db" "SELECT min(id) FROM audit")
add_old
entry 1000000
ok $? "there is an audit"
set_clock $((400 * 86400))
$with_clock jellyporterd -o -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1
is $? 0 "more than a year ahead, it is synced"
no_entry 1000000
ok $? "an entry from long ago goes"
entry "$first"
ok $? "and none is taken for one that is not"
add_old
$with_clock jellyporterd -d -f "$config" -s "$socket" \
    >>"$work/daemon.log" 2>&1 &
daemon_pid=$!
wait_for ctl status
wait_for no_entry 1000000
ok $? "a daemon that begins with that clock: an entry from long ago goes"
entry "$first"
ok $? "and none is taken for one that is not"
stop_daemon
set_clock 0
once
is $? 0 "and when the clock is right again, it is synced"
item=9
act attic alice "$item" favorite
once
same
ok $? "what is done then is as well"

done_testing
