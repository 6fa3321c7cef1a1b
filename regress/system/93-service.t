#!/bin/sh
# As a service: what the service manager is told, and how little the unit
# leaves to us.

. "$(dirname "$0")/../lib.sh"

unit=$top/etc/jellyporterd.service
if command -v systemd-analyze >/dev/null 2>&1; then
	# In tenths.
	systemd-analyze security --no-pager --offline=true --threshold=12 \
	    "$unit" >"$work/exposure" 2>&1
	ok $? "the unit's exposure is 1.2 at most: $(tail -1 "$work/exposure")"
else
	ok 0 "the unit's exposure # SKIP no systemd-analyze"
fi

# A service manager: "MILLISECONDS MESSAGE" for each datagram.
manager=
manage() {			# manage SOCKET
	: >"$work/told"
	perl -MIO::Socket -MTime::HiRes=time -e '
		$| = 1;
		my $name = $ARGV[0] =~ s/^@/\0/r;
		my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		    Local => $name) or die "$ARGV[0]: $!";
		print "0 bound\n";
		while (defined $s->recv(my $text, 4096)) {
			printf "%d %s\n", time * 1000, $text;
		}' "$1" >"$work/told" &
	manager=$!
	wait_for grep -q bound "$work/told"
}
fired() {
	kill "$manager"
	wait "$manager" 2>/dev/null
	manager=
}
trap '[ -z "$manager" ] || kill "$manager"; cleanup' EXIT

told() {			# told MESSAGE [TIMES]
	[ "$(grep -c " $1\$" "$work/told")" -ge "${2:-1}" ]
}
# The time between the first and the fourth, by three.
interval() {			# interval MESSAGE
	awk -v what="$1" '$2 == what { t[n++] = $1 }
	    END { print int((t[3] - t[0]) / 3) }' "$work/told"
}
# In the background, with what systemd puts into the environment.
serve() {			# serve SOCKET WATCHDOG_USEC PID
	NOTIFY_SOCKET=$1 WATCHDOG_USEC=$2 sh -c '
	    WATCHDOG_PID=${0:-$$}; export WATCHDOG_PID; exec "$@"' "$3" \
	    jellyporterd -d -f "$config" -s "$socket" \
	    >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
}

start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 20 \
    --user alice:a --watched 10
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 20 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"

for notify in "$work/notify" "@jellyporter-test-$$"; do
	case $notify in
	@*)	kind="abstract socket" ;;
	*)	kind=socket ;;
	esac
	manage "$notify"
	serve "$notify" 2000000 ""
	wait_for told READY=1
	ok $? "$kind: READY=1"
	ctl status >/dev/null 2>&1
	is $? 0 "$kind: and the control socket is served then"
	wait_for told WATCHDOG=1 4
	ok $? "$kind: WATCHDOG=1"
	ms=$(interval WATCHDOG=1)
	[ "$ms" -ge 900 ] && [ "$ms" -lt 1900 ]
	ok $? "$kind: twice as often as has to be: every $ms ms of 2000"
	told STOPPING=1
	is $? 1 "$kind: nothing of an end yet"
	stop_daemon
	wait_for told STOPPING=1
	ok $? "$kind: STOPPING=1"
	fired
done

# A watchdog that is somebody else's.
manage "$work/notify.other"
serve "$work/notify.other" 20000 1
wait_for told READY=1
sync_now
is $? 0 "a sync, while the watchdog is another process's"
told WATCHDOG=1
is $? 1 "who is told nothing"
stop_daemon
fired

# Not ready: it cannot use its database.
manage "$work/notify.never"
mkdir -p "$work/db"
rm -f "$work"/db/test.db*
echo "these are not the bytes of a database, by far" >"$work/db/test.db"
serve "$work/notify.never" 2000000 ""
wait "$daemon_pid"
is $? 78 "a database that cannot be used"
daemon_pid=
wait_for told STOPPING=1
told READY=1
is $? 1 "was never said to be ready"
fired

# A manager that is not there is no reason not to start.
rm -f "$work/db/test.db"
serve "$work/nobody" 2000000 ""
wait_for ctl status
ok $? "without the socket that NOTIFY_SOCKET names it serves all the same"
stop_daemon
grep -q 'NOTIFY_SOCKET .*nobody: No such file' "$work/daemon.log"
ok $? "and says so"

done_testing
