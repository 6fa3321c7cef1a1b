#!/bin/sh
# A database that is damaged: it is said so and left as it is, nobody tries it
# again and again, and it is moved aside when somebody asks for it, with a way
# back.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 60 \
    --user alice:a --watched 100
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 60 \
    --user alice:a
begin_config
for server in $servers; do
	configure_client "$server" "user: alice"
done
db=$work/db/test.db
advice="put a copy in its place, or have it moved aside by jellyporterd -R"

logged() {			# logged TEXT
	grep -qF -e "$1" "$work/daemon.log"
}

aside() {			# aside [OPTION ...]: its status
	jellyporterd -R -f "$config" -s "$socket" "$@" >"$work/out" 2>&1
}

# Starts with the database as it is, which is not accepted.
refused() {			# refused WHAT REASON
	cp "$db" "$work/before.db"
	timeout 20 jellyporterd -d -f "$config" -s "$socket" \
	    >"$work/out" 2>&1
	is $? 78 "$1: it does not start"
	grep -qF "engine error: $db: it is damaged ($2): $advice" "$work/out"
	ok $? "$1: and says what is wrong with which file, and what helps"
	cmp -s "$db" "$work/before.db"
	ok $? "$1: it is as it was"
	is "$(ls "$work/db")" test.db "$1: and nothing stands beside it"
}

once
is $? 0 "a database"
cp "$db" "$work/good.db"

head -c 3000 /dev/urandom >"$db"
refused "no database" "file is not a database"
head -c 20000 "$work/good.db" >"$db"
refused "cut off" "database disk image is malformed"

echo "# while it is in use"
cp "$work/good.db" "$db"
start_daemon
wait_for idle
aside -s "$work/other.sock"
is $? 1 "whoever has it open keeps it"
grep -q "$db: process $(pgrep -P "$daemon_pid" -f 'jellyporterd: engine$') has it open" "$work/out"
ok $? "and is named"
# All but its beginning, which an engine that starts looks at first.
pages=$(($(stat -c %s "$db") / 4096))
dd if=/dev/urandom of="$db" bs=4096 seek=2 count=$((pages - 2)) \
    conv=notrunc 2>/dev/null
kill -KILL "$(pgrep -P "$daemon_pid" -f 'jellyporterd: engine$')"
wait_for logged "engine waits for another configuration: reload it"
ok $? "garbage in the middle: it is not tried again"
logged "engine error: $db: it is damaged (database disk image is malformed): $advice"
ok $? "and it is said what is wrong with which file, and what helps"
status=$(ctl status 2>&1)
is $? 1 "there is no status"
echo "$status" | grep -qF "the engine waits until jellyporterd is sent SIGHUP: it ended with status 78: $db: it is damaged"
ok $? "but an answer that tells why"
is "$(grep -c 'engine ended with status' "$work/daemon.log")" 1 \
    "it has ended once"

descriptors() {			# of the parent
	ls "/proc/$daemon_pid/fd" | wc -l
}
none_more() {
	[ "$(descriptors)" -le "$before" ]
}

# More than are answered at once, and none of them leaves by itself.
before=$(descriptors)
perl -MIO::Socket::UNIX -e 'my @all = map { IO::Socket::UNIX->new($ARGV[0]) or
    die } 1 .. 12; print "there\n"; STDOUT->flush; sleep 60' "$socket" \
    >"$work/crowd" &
crowd=$!
wait_for grep -q there "$work/crowd"
timeout 30 jellyporterctl -s "$socket" status >"$work/out" 2>&1
is $? 1 "behind others who stay, there is an answer in the end"
grep -q "the engine waits until" "$work/out"
ok $? "which is the same"
kill "$crowd"
wait "$crowd" 2>/dev/null
wait_for none_more
if command -v prlimit >/dev/null; then
	fd=0
	while [ -e "/proc/$daemon_pid/fd/$fd" ]; do
		fd=$((fd + 1))
	done
	prlimit --pid "$daemon_pid" --nofile="$fd":
	timeout 30 jellyporterctl -s "$socket" status >"$work/out" 2>&1 &
	client=$!
	wait_for logged "parent warning: control socket: clients have to wait: Too many open files"
	ok $? "without descriptors it is said that they have to wait"
	prlimit --pid "$daemon_pid" --nofile=1024:
	wait "$client"
	grep -q "the engine waits until" "$work/out"
	ok $? "and they are answered when there are some"
fi
aside
is $? 1 "it is not moved while jellyporterd runs"
grep -q "another jellyporterd is running" "$work/out"
ok $? "which is said"
stop_daemon
cp "$db" "$work/damaged.db"
: >>"$db-wal"

echo "# aside, and back"
for server in $servers; do
	state "$server" alice >"$work/$server.before"
done
reset_all
aside
is $? 0 "it is moved when it is asked for"
moved=$(sed -n "1s,^$db is \(.*\) now\$,\1,p" "$work/out")
echo "$moved" |
    grep -qx "$db\.damaged-20[0-9]\{6\}T[0-9]\{6\}Z"
ok $? "to a name with the time"
cmp -s "$moved" "$work/damaged.db"
ok $? "as it is"
is "$(ls "$work/db" | grep -vc damaged)" 0 "and nothing stays in its place"
grep '^mv ' "$work/out" >"$work/back"
is "$(sed "s/.*' '//; s/'\$//" "$work/back" | paste -sd' ' - |
    sed "s, $db-shm,,")" "$db-wal $db" \
    "what goes back first is its log, without which it is one from before"
aside
is $? 1 "there is nothing to move now"
once
is $? 0 "a new one is made, and learns all of it anew"
wrote "0 0" "nothing has to be written for that"
for server in $servers; do
	is "$(state "$server" alice)" "$(cat "$work/$server.before")" \
	    "$server holds what it held"
done
sleep 1
aside
is $? 0 "the new one is moved as well"
sh "$work/back"
is $? 0 "and the old one back, as it was said to be done"
cmp -s "$db" "$work/damaged.db"
ok $? "it is the one that it was"

aside -n
is $? 0 "with -n the configuration is checked"
cmp -s "$db" "$work/damaged.db"
ok $? "and nothing moved"
jellyporterd -R -d -f "$config" -s "$socket" >/dev/null 2>&1
is $? 64 "with -d or -o that would be two wishes at once"

done_testing
