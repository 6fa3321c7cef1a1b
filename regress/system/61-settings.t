#!/bin/sh
# What the configuration says of the daemon itself: where its control socket
# is and whose group may look, and the form of its log.

. "$(dirname "$0")/../lib.sh"

start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 20 \
    --user alice:a --watched 50
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 20 \
    --user alice:a

settings() {			# settings LINE ...
	begin_config
	configure_client attic "user: alice" "person: alice"
	# With every letter of a name, and a user whom the server does not know.
	configure_client cellar "user: bob" "person: alice"
	sed -i "s|^  cellar:|  'cellar \"two\\\\two\"':|" "$config"
	configure_client cellar "user: alice" "person: alice"
	printf '%s\n' "$@" >>"$config"
}
start_unnamed() {		# a daemon that is not told where the socket is
	jellyporterd -d -v -f "$config" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for jellyporterctl -s "$socket" status ||
	    bail_out "the daemon does not answer"
}
# All are objects with what every line has, and no other kind of value.
is_json() {			# is_json FILE
	gojq -es 'length > 5 and all(.[]; (.time | fromdate) > 0 and
	    (.process | length) > 0 and (.message | length) > 0 and
	    (.level | IN("error", "warning", "info", "debug")) and
	    all(.[]; type == "string"))' "$1" >/dev/null
}

named=$work/named.sock
group=daemon
[ "$(id -u)" -eq 0 ] || group=$(id -gn)
other=$socket
socket=$named
settings "control: {socket: $named, group: $group}" "log: {format: json}"
chmod 644 "$config"			# which is warned of
start_unnamed
ok 0 "control.socket: the socket is there"
is "$(stat -c '%a %G' "$named")" "660 $group" \
    "its group's, and nobody else's"
sync_now
is "$(state cellar alice)" "$(state attic alice)" "a sync"
settings "control: {socket: $other, group: bin}" "log: {format: text}"
ctl reload >"$work/out" 2>&1
is "$? $(grep -c 'control.socket is .*a reload cannot change that' \
    "$work/out") $(grep -c 'control.group is bin now; a reload cannot' \
    "$work/out") $(grep -c 'log.format is text now; a reload cannot' \
    "$work/out")" "1 1 1 1" "none of it is changed by a reload"
settings "control: {socket: $named}" "log: {format: json}"
ctl reload >"$work/out" 2>&1
is "$? $(grep -c 'control.group is none now' "$work/out")" "1 1" \
    "nor is what is not set any more"
pkill -KILL -P "$daemon_pid" -f engine
wait_for grep -q '"process":"fetcher"' "$work/daemon.log"
stop_daemon
[ ! -e "$named" ]
ok $? "the socket goes with its daemon"
is_json "$work/daemon.log"
ok $? "log.format json: each line is an object"
is "$(gojq -rs '[.[].process] | unique | join(" ")' "$work/daemon.log")" \
    "engine fetcher parent" "of every process"
gojq -es 'any(.[]; .level == "warning" and .server == "cellar \"two\\two\"") and
    any(.[]; .message | test("control.group is none"))' \
    "$work/daemon.log" >/dev/null
ok $? "the server has a field of its own, with every letter of its name"
gojq -es --arg file "$config" 'any(.[]; .level == "warning" and
    .process == "parent" and
    (.message | test("^\($file):[0-9:]+ warning: .*chmod")))' \
    "$work/daemon.log" >/dev/null
ok $? "what the configuration is warned of, too"

# -s comes first.
settings "control: {socket: $named}"
socket=$other
: >"$work/daemon.log"
start_daemon
[ ! -e "$named" ]
ok $? "-s comes before control.socket"
grep -q '^[0-9T:Z-]* parent info: jellyporterd .* started$' \
    "$work/daemon.log"
ok $? "without log.format, lines are text"
stop_daemon

jellyporterd -J -o -f "$config" -s "$socket" >"$work/out" 2>&1
is $? 64 "what is for children alone is refused to others"

done_testing
