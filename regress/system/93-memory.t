#!/bin/sh
# Memory that runs out, role by role: what is said, that nobody else is blamed
# for it, that it is tried again, later each time, and that nothing is lost.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ] || ! ${CC:-cc} -shared -fPIC -o "$work/memory.so" \
    "$top/regress/system/93-memory.c" 2>/dev/null; then
	echo "1..0 # SKIP no library can be loaded before the others here"
	exit 0
fi

# Where even a parent that is confined may let its children look.
mkdir -m 700 "$work/db"
memory=$work/db/memory
head -c 96 /dev/zero >"$memory"
servers="attic cellar"
no_memory="Cannot allocate memory|out of memory|memory is out"

# allow ROLE ALLOCATIONS FAIL: so many, and then so many that fail
allow() {
	perl -e 'my ($path, $role, @n) = @ARGV; my $i = 0;
	    my %at = map { $_ => 16 * $i++ }
		qw(parent engine fetcher listener resolver exporter);
	    open(my $f, "+<", $path) or die;
	    seek($f, $at{$role}, 0) or die;
	    syswrite($f, pack("qq", @n)) == 16 or die' "$memory" "$@"
}

logged() {			# logged REGEXP
	grep -qE -e "$1" "$work/daemon.log"
}

same() {			# $item is on cellar what it is on attic
	[ "$(item_state cellar alice "$item")" = \
	    "$(item_state attic alice "$item")" ]
}

process() {			# process ROLE FIELD: of the first
	ctl -j show processes | gojq -r --arg role "$1" --arg field "$2" \
	    '[.processes[] | select(.role == $role)][0][$field]'
}

all_up() {
	ctl -j show processes | gojq -e '.processes |
	    length == 7 and all(.state == "up")'
}

post() {			# a webhook that says nothing in particular
	curl -s -o /dev/null --max-time 10 -d '{}' \
	    "http://127.0.0.1:$port/webhook"
}

# Who has just been started again allocates; the others do so for these.
engine_needs_some() { ctl status; }
# How much libevent needs of it, which only turns the client away, is its own.
listener_needs_some() {
	n=0
	until logged "listener error" || [ "$n" -gt 100 ]; do
		allow listener "$n" 1000000000
		post
		n=$((n + 3))
	done
}
fetcher_needs_some() { kill -USR1 "$daemon_pid"; }
exporter_needs_some() { :; }
resolver_needs_some() {
	pkill -P "$daemon_pid" -f "jellyporterd: resolver\$"
}

start_all_roles
LD_PRELOAD=$work/memory.so TEST_MEMORY=$memory \
    jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
daemon_pid=$!
wait_for ctl status
wait_for all_up && wait_for idle
ok $? "all of them run"

item=1
for role in engine fetcher listener exporter resolver; do
	echo "# $role"
	: >"$work/daemon.log"
	act attic alice "$item" favorite
	allow "$role" 0 1000000000
	"${role}_needs_some" >/dev/null 2>&1
	wait_for logged "$role error: .*($no_memory)"
	ok $? "$role: it is said that there is no memory"
	wait_for logged "parent warning: $role.* ended (with status (1|75)|by signal)"
	ok $? "$role: it ends, and its parent takes it for a failure"
	cp "$work/daemon.log" "$work/$role.log"
	logged "makes no sense|nonsense|that is none|cannot be set up|JSON"
	is $? 1 "$role: nobody else is blamed"
	kill -0 "$daemon_pid"
	ok $? "$role: the parent lives"
	allow "$role" 0 0
	wait_for all_up
	ok $? "$role: it is there again when there is memory"
	process "$role" last_end | grep -qE -e "$no_memory" -e "signal 11"
	ok $? "$role: show processes tells what it was: $(process "$role" last_end)"
	kill -USR1 "$daemon_pid"
	wait_for same
	ok $? "$role: what was changed meanwhile is not lost"
	item=$((item + 1))
done

grep -qE "listener warning: evhttp.*($no_memory)" "$work/listener.log"
ok $? "a client for whom there is no memory is turned away, which is said"

echo "# parent"
: >"$work/daemon.log"
act attic alice "$item" favorite
children=$(pgrep -P "$daemon_pid" | paste -sd' ' -)
allow parent 0 1000000000
kill -HUP "$daemon_pid"
wait "$daemon_pid"
is $? 1 "parent: it ends"
daemon_pid=
logged "parent error: .*($no_memory)"
ok $? "parent: for want of memory, as is said"
gone() {
	for pid in $children; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}
wait_for gone
ok $? "parent: and all of them with it"
rm -f "$socket"
once
is $? 0 "parent: it can be started again"
same
ok $? "parent: and syncs what was changed meanwhile"

is "$(sqlite3 "$work/db/test.db" 'PRAGMA integrity_check')" ok \
    "the database is whole"
is "$(state cellar alice)" "$(state attic alice)" "nothing is lost"
reset_all
once
wrote "0 0" "and there is nothing to write"

done_testing
