#!/bin/sh
# Started by root, where there are the two users: who the processes are then,
# and what they see.  In a view of our own of who there is, and of /run.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ]; then
	echo "1..0 # SKIP sanitizers look for files that are not there then"
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
	echo "1..0 # SKIP it takes root and namespaces"
	exit 0
fi
if getent passwd 64971 >/dev/null || getent passwd 64970 >/dev/null; then
	echo "1..0 # SKIP somebody has the numbers of our users"
	exit 0
fi

state=64971
net=64970
grep -v '^_jelly' /etc/passwd >"$work/nobody"
grep -v '^_jelly' /etc/group >"$work/group"
echo "_jellyporter:x:$state:" >>"$work/group"
(cat "$work/nobody"; echo "_jellyporter:x:$state:$state::/:/bin/false") \
    >"$work/one"
(cat "$work/one"; echo "_jellynet:x:$net:$net::/:/bin/false") >"$work/both"

in_view() {			# in_view USERS COMMAND ...: it becomes this
	users=$1
	shift
	exec unshare -m sh -c 'mount -t tmpfs tmpfs /run &&
	    mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group &&
	    shift 2 && exec "$@"' - "$work/$users" "$work/group" "$@"
}
start_as() {			# start_as USERS
	in_view "$1" jellyporterd -d -f "$config" -s "$socket" \
	    >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for ctl status || bail_out "the daemon does not answer"
}
child_of() {
	pgrep -P "$daemon_pid" -f "$1"
}
field() {			# field PID NAME
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' ' |
	    sed 's/ *$//'
}
is_other() {			# is_other ROLE PID
	new=$(child_of "$1") && [ "$new" != "$2" ]
}

start_all_roles

start_as both
sync_now
is "$(state cellar alice)" "$(state attic alice)" "a sync"
is "$(field "$daemon_pid" Uid)" "0 0 0 0" "the parent is root"
# CHOWN and so on are not among them: DAC_READ_SEARCH, KILL, SETGID, SETUID,
# SYS_CHROOT.
is "$(field "$daemon_pid" CapEff) $(field "$daemon_pid" CapBnd)" \
    "00000000000400e4 00000000000400e4" \
    "and can become somebody else, but little more"
for role in engine 'fetcher attic' 'fetcher cellar' listener resolver \
    exporter; do
	pid=$(child_of "$role")
	who=$net
	[ "$role" != engine ] || who=$state
	is "$(field "$pid" Uid), $(field "$pid" Gid), $(field "$pid" Groups)" \
	    "$who $who $who $who, $who $who $who $who, $who" \
	    "$role: is who it has to be, with all that it has"
	is "$(field "$pid" CapPrm) $(field "$pid" CapInh) $(field "$pid" CapAmb)" \
	    "0000000000000000 0000000000000000 0000000000000000" \
	    "$role: and has no capabilities"
	sees=$(readlink "/proc/$pid/root")
	case $role in
	engine)
		is "$sees" "$work/db" "$role: sees its directory" ;;
	resolver)
		is "$sees" "/" "$role: sees what Landlock leaves to it" ;;
	*)
		is "$sees $(ls -A "/proc/$pid/root/")" \
		    "/run/jellyporter-empty " "$role: sees nothing" ;;
	esac
done
is "$(stat -c '%u %g' "$work"/db "$work"/db/* | sort -u)" "$state $state" \
    "directory and files of the database are the engine's"
is "$(curl -s -d '' -o /dev/null -w '%{http_code}' \
    "http://127.0.0.1:$port/webhook")" 202 "the listener listens"
wait_for has_received 1
ok $? "the exporter posts"

mkdir "$work/probe"
"$top/regress/sandbox/probe" -u $net "$work/probe" >"$work/table"
is $? 0 "what is to be refused to them is"
cat "$work/table"

# What dies comes back as the same.
for role in engine 'fetcher cellar'; do
	old=$(child_of "$role")
	kill -KILL "$old"
	wait_for is_other "$role" "$old"
	who=$net
	[ "$role" != engine ] || who=$state
	wait_for sh -c "grep -q '^Uid:.$who.$who.$who.$who' /proc/$new/status"
	ok $? "a new $role is it again"
done
act attic alice 7 favorite
wait_for sync_now
is "$(item_state cellar alice 7)" "$(item_state attic alice 7)" \
    "and they go on"
sed -i 's/^metrics_addr.*/&\nsync_interval_mins: 9/' "$config"
ctl reload >"$work/reloaded"
is $? 0 "the configuration is read again: $(head -1 "$work/reloaded")"
wait_for sync_now
ctl plan >/dev/null
is $? 0 "a plan finds a place for its copy"

# One that does not end is another's, and is ended all the same.
kill -STOP "$(child_of 'fetcher attic')"
children=$(pgrep -P "$daemon_pid")
stop_daemon
for pid in $children; do
	[ ! -e "/proc/$pid" ] || echo "$pid"
done >"$work/left"
is "$(cat "$work/left")" "" "all of them end with the daemon"

(in_view both jellyporterd -o -n -f "$config" -s "$socket") \
    >"$work/plan" 2>&1
is $? 0 "a dry run: $(tail -1 "$work/plan")"
is "$(stat -c '%u %g' "$work"/db "$work"/db/* | sort -u)" "$state $state" \
    "which leaves nothing of root's"

# What is somebody else's is not taken.
refused() {			# refused PATH NAME
	(in_view both timeout 20 jellyporterd -o -f "$config" -s "$socket") \
	    >"$work/out" 2>&1
	is $? 1 "$2 is refused"
	grep -q "$1: has to belong to _jellyporter: chown .*_jellyporter $1" \
	    "$work/out"
	ok $? "with what is to be done"
}
chown 0 "$work/db/test.db"
refused "$work/db/test.db" "a database of root's"
chown "$state" "$work/db/test.db"
chown 0 "$work/db"
refused "$work/db" "a directory of root's that is not empty"
ln -s "$work/db/test.db" "$work/link.db"
sed -i "s|path: .*|path: $work/link.db|" "$config"
refused "$work/db" "by a symbolic link, too, it"
chown "$state" "$work/db"
mkdir "$work/other"
echo "these are not the bytes of a database, by far" >"$work/other/x.db"
chown -R "$state" "$work/other"
sed -i "s|path: .*|path: $work/other/x.db|" "$config"
(in_view both jellyporterd -o -f "$config" -s "$socket") >"$work/out" 2>&1
grep -q " $work/other/x.db: .*not a database" "$work/out"
ok $? "a message has the whole path"
sed -i "s|path: .*|path: $work/new/x.db|" "$config"
(in_view both jellyporterd -o -f "$config" -s "$socket") >"$work/out" 2>&1
is $? 0 "a directory that is not there yet is made"
mkdir "$work/empty"
sed -i "s|path: .*|path: $work/empty/x.db|" "$config"
(in_view both jellyporterd -o -f "$config" -s "$socket") >"$work/out" 2>&1
is $? 0 "an empty one of root's is taken"

# Without them.
chown -R 0:0 "$work/db"
sed -i "s|path: .*|path: $work/db/test.db|" "$config"
for users in one nobody; do
	: >"$work/daemon.log"
	start_as $users
	missing=_jellynet
	[ $users = one ] || missing=_jellyporter
	is "$(grep -c "there is no user $missing: all processes run as root" \
	    "$work/daemon.log")" 1 "without $missing that is said, once"
	sync_now
	is "$(field "$(child_of engine)" Uid)" "0 0 0 0" \
	    "and it works as root"
	stop_daemon
done

done_testing
