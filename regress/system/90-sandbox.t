#!/bin/sh
# What each role is kept from, tried from the inside; and that the processes of
# a running daemon are in these sandboxes.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ]; then
	echo "1..0 # SKIP sanitizers need what the sandbox forbids"
	exit 0
fi

probe=$top/regress/sandbox/probe
mkdir "$work/probe"
"$probe" "$work/probe" >"$work/table"
is $? 0 "every attempt is refused where it has to be, and only there"
cat "$work/table"
"$probe" -p 2>"$work/ended"
grep -q 'fetcher attic was ended by its sandbox for the system call [0-9]* (clone' \
    "$work/ended"
ok $? "the parent says for which system call a child was ended"

start_all_roles
start_daemon
sync_now || bail_out "the first sync"
is "$(curl -s -d '' -o /dev/null -w '%{http_code}' \
    "http://127.0.0.1:$port/webhook")" 202 "the listener listens"
wait_for has_received 1
ok $? "the exporter posts"

status_of() {			# status_of PID NAME
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
child_of() {
	pgrep -P "$daemon_pid" -f "$1"
}
# As the same user, and no more than it may.
as_it=
[ "$(id -u)" -ne 0 ] ||
    as_it="setpriv --bounding-set=-all,+dac_override --inh-caps=-all"
none=0000000000000000
for role in parent engine 'fetcher attic' 'fetcher cellar' listener resolver \
    exporter; do
	pid=$daemon_pid
	[ "$role" = parent ] || pid=$(child_of "$role")
	is "$(status_of "$pid" Seccomp) $(status_of "$pid" NoNewPrivs)" "2 1" \
	    "$role: its system calls are filtered, for good"
	is "$(awk '/core file/ { print $5, $6 }' "/proc/$pid/limits")" "0 0" \
	    "$role: no core file"
	# The parent and the engine may meet a directory that is another's.
	wanted=$none
	[ "$(id -u)" -ne 0 ] || case $role in
	parent | engine)	wanted=0000000000000002 ;;
	esac
	is "$(status_of "$pid" CapEff) $(status_of "$pid" CapPrm)" \
	    "$wanted $wanted" "$role: no capabilities but what is said"
	# Words are meant to be split, here and below.
	# shellcheck disable=SC2086
	$as_it cat "/proc/$pid/environ" >/dev/null 2>&1
	is $? 1 "$role: its memory is nobody's to read, of the same user's"
done
# A child is told its key before it can be confined.
# shellcheck disable=SC2086
$as_it perl -MSocket -MPOSIX=dup2 -e '$^F = 9;
    socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0);
    dup2(fileno($a), 3); exec @ARGV' \
    "$top/libexec/jellyporterd-http" -X fetcher unheard 2>/dev/null &
early=$!
sim_names="$sim_names early"
echo $early >"$work/early.pid"
wait_for grep -q 'fetcher unheard' "/proc/$early/cmdline"
is "$(status_of $early Seccomp)" "$(status_of $$ Seccomp)" \
    "a child that has been told nothing has no filter yet"
is "$(awk '/core file/ { print $5, $6 }' "/proc/$early/limits")" "0 0" \
    "but already leaves no core file"
# shellcheck disable=SC2086
$as_it cat "/proc/$early/environ" >/dev/null 2>&1
is $? 1 "and its memory is nobody's to read"
is "$(grep -c 'ended by its sandbox' "$work/daemon.log")" 0 \
    "nothing that they do is forbidden"
grep -q 'parent info: sandbox: ' "$work/daemon.log"
ok $? "the log says what the kernel lends us: $(sed -n \
    's/.* sandbox: //p' "$work/daemon.log" | head -1)"

# No child outlives its parent, however that ends.
children=$(pgrep -P "$daemon_pid")
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
all_gone() {
	for pid in $children; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}
wait_for all_gone
ok $? "and so is every child when the parent was killed"

# TLS, after which libraries would like to read files.
if command -v openssl >/dev/null 2>&1; then
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=den \
	    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" \
	    -out "$work/tls.pem" 2>/dev/null
	openssl s_server -accept 127.0.0.1:0 -key "$work/tls.key" \
	    -cert "$work/tls.pem" -www >"$work/tls.out" 2>&1 &
	echo $! >"$work/tls.pid"
	sim_names="$sim_names tls"
	wait_for grep -q '^ACCEPT 127' "$work/tls.out"
	address=$(sed -n 's/^ACCEPT //p' "$work/tls.out")
	"$top/regress/unit/fetcher_driver" -u "https://$address" \
	    -c "$work/tls.pem" -k "$api_key" contact >"$work/tls.result" 2>&1
	grep -q 'GET /System/Info/Public: .*text/' "$work/tls.result"
	ok $? "TLS, and an answer that is none: $(tail -1 "$work/tls.result")"
	"$top/regress/unit/fetcher_driver" -u "https://$address" \
	    -k "$api_key" contact 2>&1 | grep -q 'certificate cannot be verified'
	ok $? "the system's certificates do not vouch for it"
fi

# A server with a name: in a view of our own of the files that tell its address.
if ! unshare -m true 2>/dev/null; then
	done_testing
fi
echo 'hosts: files' >"$work/nsswitch"
address() {			# address [ADDRESS]: of attic.test
	printf '127.0.0.1 localhost\n%s\n' "${1:+$1 attic.test}" >"$work/hosts"
}
in_view() {			# it becomes this
	exec unshare -m sh -c 'mount --bind "$1" /etc/hosts &&
	    mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"' \
	    - "$work/hosts" "$work/nsswitch" "$@" >>"$work/named.log" 2>&1
}
start_named() {
	: >"$work/named.log"
	in_view jellyporterd -d -f "$config" -s "$socket" &
	daemon_pid=$!
	wait_for ctl status
}
error() {			# of attic
	ctl -j status |
	    gojq -r '.servers[] | select(.name == "attic") | .error // ""'
}
has_error() {			# has_error TEXT
	case $(error) in
	*"$1"*)	return 0 ;;
	esac
	return 1
}
sed -i -e "s|http://127.0.0.1\(:$(sed 's/.*://' "$work/attic.address")\)|http://attic.test\1|" \
    -e "s|http://$receiver|http://attic.test:${receiver##*:}|" \
    -e 's/live: off/live: auto/' "$config"

address 127.0.0.1
(in_view jellyporterd -o -f "$config" -s "$socket")
is $? 0 "a server by its name"
address 127.0.0.9
start_named
wait_for has_error 'connection refused'
ok $? "at another address, where nobody is: $(error)"
address 127.0.0.1
sync_now
is $? 0 "it moves, and is found"
posts=$(received)
wait_for has_received $((posts + 1))
ok $? "by the exporter, too"
wait_for is_up attic 1
ok $? "and tells of changes by its name"
stop_daemon

address
start_named
wait_for has_error "the server's name attic.test cannot be resolved: "
ok $? "without an address it has an error: $(error)"
old=$(child_of resolver)
kill -KILL "$old"
resolver_is_new() {
	new=$(child_of resolver) && [ "$new" != "$old" ]
}
wait_for resolver_is_new
ok $? "the resolver is started again"
address 127.0.0.1
wait_for sync_now
ok $? "and is asked again"

# A file that is replaced is none that it may read.
printf '127.0.0.1 attic.test\n' >"$work/hosts.new"
old=$new
nsenter -m -t "$daemon_pid" mount --bind "$work/hosts.new" /etc/hosts
kill -KILL "$(child_of 'fetcher attic')"
wait_for resolver_is_new
ok $? "it begins anew when a file of its has been replaced"
wait_for sync_now
ok $? "and reads the new one"
printf '127.0.0.1 loft.test\n' >"$work/hosts.new"
kill -KILL "$(child_of 'fetcher attic')"
wait_for has_error "attic.test cannot be resolved: "
ok $? "the name is gone"
sed -i 's|//attic.test|//loft.test|' "$config"
ctl reload >/dev/null && wait_for sync_now
ok $? "another name, after a reload"
is "$(grep -c 'ended by its sandbox' "$work/named.log")" 0 \
    "nobody is ended for it"

done_testing
