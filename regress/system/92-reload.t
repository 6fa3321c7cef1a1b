#!/bin/sh
# Reloading the configuration: all of it or nothing, only those processes begin
# anew that it concerns, and whatever servers are called, no history is lost
# and none counts twice.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar den"
common="--catalogue 7 --items 60 --user alice:a --user bob:b"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 100
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2 --watched 100
# shellcheck disable=SC2086
start_sim den $common --version 10.11.11 --seed 3

# A client by any name, and with any key.
client() {			# client NAME SIM KEY-LINE OTHER-LINE ...
	printf '  %s:\n    url: %s\n' "$1" "$(url "$2")" >>"$config"
	shift 2
	for line; do
		echo "    $line" >>"$config"
	done
}

key="api_key: $api_key"
alice="user: alice"

two() {				# what there is at first
	begin_config
	client attic attic "$key" "$alice"
	client cellar cellar "$key" "$alice"
}

pid() {				# pid "engine" | "fetcher NAME"
	pgrep -P "$daemon_pid" -f "jellyporterd: $1\$"
}

# The processes, by name and number: what a reload leaves alone stays in it.
processes() {
	for role in engine 'fetcher attic' 'fetcher cellar' "$@"; do
		echo "$role $(pid "$role")"
	done
}

is_new() {			# is_new ROLE PID
	new=$(pid "$1") && [ -n "$new" ] && [ "$new" != "$2" ]
}

is_gone() {			# is_gone ROLE
	! pid "$1"
}

reload() {			# reload STATUS NAME; what it prints is $out
	out=$(ctl reload 2>"$work/reload.err")
	is $? "$1" "$2"
}

two
start_daemon
sync_now || bail_out "the first sync"
wait_for idle
processes >"$work/before"
[ "$(grep -c ' [0-9][0-9]*$' "$work/before")" = 3 ] ||
    bail_out "the processes: $(cat "$work/before")"

echo "# nothing has changed"
reload 0 "the same again: 0"
is "$out" "configuration reloaded: nothing has changed" "and it says so"
is "$(processes)" "$(cat "$work/before")" "and every process stays"

echo "# a wrong configuration changes nothing"
two
cat >>"$config" <<-END
	sync_interval_mins: 1
	nonsense: 1
END
lines=$(wc -l <"$config")
reload 1 "a wrong configuration: 1"
is "$(echo "$out" | sed "s|^.*config.yaml:||; s|: .*||")" \
    "$((lines - 1)):21
$lines:1" "with each place in it"
grep -q 'the configuration is wrong: nothing was changed' "$work/reload.err"
ok $? "and that nothing was changed"
is "$(ctl -j reload 2>/dev/null | gojq -c \
    '[(.problems | length), (.reloads | length), .error]')" \
    '[2,0,"the configuration is wrong: nothing was changed"]' "so does -j"
kill -HUP "$daemon_pid"
wait_for sh -c "[ \$(grep -c 'unknown key' '$work/daemon.log') = 3 ]"
ok $? "SIGHUP: the log has it"
grep -q 'parent warning: .*config.yaml:[0-9:]* sync_interval_mins ' "$work/daemon.log"
ok $? "all of it"
is "$(processes)" "$(cat "$work/before")" "and every process stays"
is "$(ctl -j show servers | gojq -r '[.servers[].name] | join(" ")')" \
    "attic cellar" "and the servers are those"
sync_now
is $? 0 "and it syncs as before"
mv "$config" "$config.away"
reload 1 "a file that is not there: 1"
echo "$out" | grep -q 'config.yaml: cannot be read: No such file'
ok $? "with the reason"
two
sed "s|test.db|other.db|" "$config" >"$config.new"
mv "$config.new" "$config"
reload 1 "database.path: 1"
echo "$out" | grep -q \
    ':2:9: database.path is .*/other.db now; a reload cannot change that, so'
ok $? "which needs a restart"
is "$(processes)" "$(cat "$work/before")" "and every process stays"
[ ! -e "$work/db/other.db" ]
ok $? "and there is no other database"

echo "# what concerns one server alone"
new_key=fedcba9876543210fedcba9876543210
sim cellar POST "/server?what=add-key&key=$new_key" >/dev/null
sim cellar POST "/server?what=revoke-key&key=$api_key" >/dev/null
begin_config
client attic attic "$key" "$alice"
client cellar cellar "api_key_file: key" "$alice"
echo "$new_key" >"$work/key"
chmod 600 "$work/key"
old=$(pid "fetcher cellar")
grep -v cellar "$work/before" >"$work/stays"
reload 0 "another key, in a file"
is "$out" "configuration reloaded: 1 server changed" "is a change of one"
wait_for is_new "fetcher cellar" "$old"
ok $? "its fetcher begins anew"
is "$(processes | grep -v cellar)" "$(cat "$work/stays")" \
    "and nobody else does"
wait_for sync_now
ok $? "the new key is used"
sim cellar POST "/server?what=add-key&key=0${new_key#?}" >/dev/null
sim cellar POST "/server?what=revoke-key&key=$new_key" >/dev/null
echo "0${new_key#?}" >"$work/key"
old=$(pid "fetcher cellar")
kill -HUP "$daemon_pid"
wait_for is_new "fetcher cellar" "$old"
ok $? "a key file of other content: its fetcher begins anew, by SIGHUP"
is "$(processes | grep -v cellar)" "$(cat "$work/stays")" \
    "and nobody else does"
wait_for sync_now
ok $? "the new key is used"
! grep -q "${new_key#?}" "$work/daemon.log"
ok $? "and no log has it"

key_file="api_key_file: key"
one() {				# attic, and cellar with its key
	begin_config
	client attic attic "$key" "$alice"
	client cellar cellar "$key_file" "${users:-$alice}" "$@"
}

for line in "timeout_secs: 60" "page_size: 500" "libraries: {exclude: [x]}"; do
	one "$line"
	old=$(pid "fetcher cellar")
	reload 0 "${line%%:*}"
	wait_for is_new "fetcher cellar" "$old"
	ok $? "its fetcher begins anew"
	is "$(processes | grep -v cellar)" "$(cat "$work/stays")" \
	    "and nobody else does"
done

items() {			# items SERVER: that are synced
	ctl -j show servers | gojq --arg name "$1" \
	    '.servers[] | select(.name == $name) | .items'
}

fewer() {			# fewer SERVER NUMBER
	[ "$(items "$1")" -lt "$2" ]
}

one
reload 0 "all libraries"
wait_for sync_now
all=$(items cellar)
one "libraries: {exclude: [Movies]}"
reload 0 "a library less"
wait_for fewer cellar "$all"
ok $? "is heeded at once: what is on the server is read again"

echo "# what concerns the engine alone"
old=$(pid "fetcher cellar")
one
reload 0 "back again"
wait_for is_new "fetcher cellar" "$old"
processes | grep fetcher >"$work/stays"
for line in "direction: source" "mode: plan" "person: bob" ""; do
	if [ -n "$line" ]; then
		one "$line"
	else
		users="users: {alice: [alice, bob]}"
		one
		users=
	fi
	old=$(pid engine)
	reload 0 "${line:-users}"
	is "$(echo "$out" | grep -v ': warning: ')" \
	    "configuration reloaded: 1 server changed" "is a change of one"
	wait_for is_new engine "$old"
	ok $? "the engine begins anew"
	is "$(processes | grep fetcher)" "$(cat "$work/stays")" \
	    "and no fetcher, not even its own"
done
one
echo "sync_interval_mins: 10" >>"$config"
reload 0 "person taken back, and an interval"
is "$out" "configuration reloaded: 1 server changed, settings changed" \
    "are two changes"

# Who has the answer is served by the new engine: never by the one that ends.
for i in 1 2 3 4 5; do
	for direction in both source; do
		one "direction: $direction"
		ctl reload >/dev/null && ctl show servers >/dev/null ||
		    echo "$i $direction"
	done
done >"$work/cut" 2>&1
is "$(cat "$work/cut")" "" "the next command meets the new engine"
one
echo "sync_interval_mins: 10" >>"$config"
reload 0 "and back"

echo "# a server is added"
three() {			# three NAME: den by this name
	one
	client "$1" den "$key" "$alice"
}
wait_for sync_now
three den
reload 0 "another server"
is "$out" "configuration reloaded: 1 server added, settings changed" \
    "and it says so"
is "$(processes | grep fetcher)" "$(cat "$work/stays")" \
    "no fetcher of another server begins anew"
wait_for sync_now
ok $? "it is synced"
[ "$(state den alice | wc -l)" -gt 10 ]
ok $? "and has what was watched elsewhere"
everywhere() {			# everywhere NUMBER STATE NAME
	for server in $servers; do
		holds "$server" alice "$1" "$2" "$3: $server"
	done
}

# One that nobody has touched yet.
fresh() {
	next Movie
	while [ -n "$(item_state attic alice "$item")" ] ||
	    [ -n "$(item_state cellar alice "$item")" ] ||
	    [ -n "$(item_state den alice "$item")" ]; do
		next Movie
	done
}

# Played once on den and on attic, in this order: counts 1 and 2.
fresh
film=$item
act den alice "$film" finish "&date=2026-02-01T20:00:00Z"
wait_for sync_now
act attic alice "$film" finish "&date=2026-02-02T20:00:00Z"
wait_for sync_now
everywhere "$film" "true 0 2 false 2026-02-02T20:00:00" "two plays"
fresh
unmarked=$item
act cellar alice "$unmarked" mark "&date=2026-02-02T21:00:00Z"
fresh
kept=$item
act den alice "$kept" mark "&date=2026-02-02T22:00:00Z"
wait_for sync_now

echo "# a server is removed, and comes back"
one
reload 0 "a server less"
is "$out" "configuration reloaded: 1 server removed" "and it says so"
wait_for is_gone "fetcher den"
ok $? "its fetcher ends"
is "$(processes | grep fetcher)" "$(cat "$work/stays")" \
    "no fetcher of another server begins anew"
ctl sync now server den >/dev/null 2>&1
is $? 1 "it is not known any more"
wait_for idle
reset_all
before=$(state den alice)
act attic alice "$unmarked" unmark
act attic alice "$film" finish "&date=2026-02-03T20:00:00Z"
wait_for sync_now
is "$(writes den)" 0 "nothing is written to it"
is "$(state den alice)" "$before" "and it is as it was"
holds cellar alice "$unmarked" "$(item_state attic alice "$unmarked")" \
    "the others are synced"
act den alice "$film" finish "&date=2026-02-04T20:00:00Z"
three den
reload 0 "it comes back"
wait_for sync_now
everywhere "$film" "true 0 4 false 2026-02-04T20:00:00" \
    "what was played there and elsewhere counts once each"
everywhere "$unmarked" "$(item_state attic alice "$unmarked")" \
    "what was unmarked elsewhere meanwhile is"
everywhere "$kept" "true 0 1 false 2026-02-02T22:00:00" \
    "and nothing else is"
quiet

echo "# a server is renamed"
reload 0 "the same again"
all=$(for server in $servers; do state "$server" alice; done)
three dungeon
reload 0 "another name"
is "$out" "configuration reloaded: 1 server added, 1 removed" \
    "is one that comes and one that goes"
wait_for is_gone "fetcher den"
ok $? "the fetcher of the old name ends"
wait_for sync_now
is "$(for server in $servers; do state "$server" alice; done)" "$all" \
    "what people have done is what it was"
quiet
act den alice "$film" finish "&date=2026-02-05T20:00:00Z"
wait_for sync_now
act attic alice "$film" finish "&date=2026-02-06T20:00:00Z"
wait_for sync_now
everywhere "$film" "true 0 6 false 2026-02-06T20:00:00" \
    "two more plays count once each"
act den alice "$kept" unmark
wait_for sync_now
holds cellar alice "$kept" "$(item_state den alice "$kept")" \
    "an unmark there travels"
all=$(for server in $servers; do state "$server" alice; done)
three den
reload 0 "the first name again"
wait_for sync_now
is "$(for server in $servers; do state "$server" alice; done)" "$all" \
    "what people have done is what it was: no play counts twice"
quiet
is "$(processes | grep fetcher)" "$(cat "$work/stays")" \
    "and no fetcher of another server has begun anew in all that"

echo "# while something goes on"
fault den "kind=hang&request=users"
ctl sync now >"$work/follow.out" 2>"$work/follow.err" &
follow=$!
wait_for test -s "$work/follow.out"
one
reload 0 "while a sync is followed"
wait $follow
is $? 1 "who follows it is told"
grep -q 'the configuration was reloaded; try again' "$work/follow.err"
ok $? "why it ends"
no_faults den
three den
reload 0 "it comes back"
wait_for pid "fetcher den"
kill -STOP "$(pid "fetcher den")"
one
reload 0 "a fetcher that hangs is removed"
wait_for is_gone "fetcher den"
ok $? "it is killed"
grep -q 'fetcher den does not end: it is killed' "$work/daemon.log"
ok $? "and the log says so"
for i in 1 2 3 4 5 6 7 8; do
	three "den$i"
	kill -HUP "$daemon_pid"
	# One after the other, but none waits for what the one before it began.
	wait_for sh -c "[ \$(grep -c 'reloaded: .*added' '$work/daemon.log') \
	    -ge $((i + 5)) ]"
done
only_den8() {
	[ "$(ctl -j show servers | gojq -r '[.servers[].name] | join(" ")')" = \
	    "attic cellar den8" ] && pid "fetcher den8" &&
	    [ "$(pgrep -P "$daemon_pid" | wc -l)" = 5 ]
}
wait_for only_den8
ok $? "many in a row: the last one counts, and no process is left over"
wait_for sync_now
is "$(for server in $servers; do state "$server" alice; done)" "$all" \
    "and what people have done is what it was"

echo "# certificates are part of the configuration"
cat >"$work/ca.pem" <<-END
	-----BEGIN CERTIFICATE-----
	MA==
	-----END CERTIFICATE-----
END
one
cat >>"$config" <<-END
	  shed:
	    url: https://127.0.0.1:1
	    $key
	    $alice
	    tls: {ca_file: ca.pem}
END
reload 0 "with certificates"
wait_for pid "fetcher shed"
wait_for idle
mv "$work/ca.pem" "$work/ca.away"
old=$(pid "fetcher shed")
kill -KILL "$old"
wait_for is_new "fetcher shed" "$old"
ok $? "its fetcher is started again without their file"
reload 1 "their file is not there"
echo "$out" | grep -q ':[0-9]*: clients.shed.tls.ca_file (.*) cannot be'
ok $? "which is said with its place"
mv "$work/ca.away" "$work/ca.pem"
reload 0 "it is back"
is "$out" "configuration reloaded: nothing has changed" \
    "and so the configuration is what it was"
old=$(pid "fetcher shed")
echo "another one" >>"$work/ca.pem"
reload 0 "other certificates in the same file"
wait_for is_new "fetcher shed" "$old"
ok $? "its fetcher begins anew"

# Looking is not changing.
chmod 777 "$work"
chmod 666 "$socket"
setpriv --reuid 65534 --clear-groups "$top/jellyporterctl/jellyporterctl" \
    -s "$socket" reload >"$work/out" 2>&1
is "$?, $(cat "$work/out")" \
    "1, jellyporterctl: only root or the daemon's user may do this" \
    "others may not reload"

is "$(grep -c 'ended by signal' "$work/daemon.log")" 1 \
    "none has died but the one that was killed"
! grep -q 'nonsense from' "$work/daemon.log"
ok $? "and nobody has heard nonsense"
stop_daemon

echo "# a single sync"
one
fault attic "kind=hang&request=users"
jellyporterd -o -f "$config" -s "$socket" >"$work/once.log" 2>&1 &
daemon_pid=$!
wait_for ctl status
reload 1 "-o: 1"
grep -q 'a single sync goes on with the configuration that it began with' \
    "$work/reload.err"
ok $? "and it says why"
no_faults attic
stop_daemon

echo "# the webhook"
port=$(free_port)
webhook() {			# webhook LINE ...: below events.webhook
	one
	sed "/^  live:/r /dev/stdin" "$config" >"$config.new" <<-END
	  webhook:
	$(for line; do echo "    $line"; done)
	END
	mv "$config.new" "$config"
	chmod 600 "$config"
}

answers() {			# answers STATUS QUERY
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 60 -d '' \
	    "http://127.0.0.1:$port/webhook$2")" = "$1" ]
}

webhook "addr: 127.0.0.1:$port"
start_daemon
wait_for answers 202 ""
ok $? "somebody listens"
wait_for idle
processes listener >"$work/before"
webhook "addr: 127.0.0.1:$port" "token: secret"
old=$(pid listener)
reload 0 "a token"
is "$out" "configuration reloaded: settings changed" "and it says so"
wait_for is_new listener "$old"
ok $? "the listener begins anew"
is "$(processes)" "$(grep -v listener "$work/before")" "and nobody else does"
wait_for answers 401 ""
ok $? "it wants the token"
answers 202 "?token=secret"
ok $? "and takes it"
webhook "addr: 127.0.0.1:$(free_port)" "token: secret"
reload 1 "another address"
echo "$out" | grep -q ':7:11: events.webhook.addr is 127.0.0.1:[0-9]* now; a'
ok $? "needs a restart"
one
reload 1 "none"
echo "$out" | grep -q ':1:1: events.webhook.addr is none now; a reload'
ok $? "does too"
stop_daemon

echo "# a daemon that was started by a relative path"
one
sed "s|path: .*|path: db/test.db|" "$config" >"$config.new"
mv "$config.new" "$config"
chmod 600 "$config"
cd "$work" || exit 1
jellyporterd -f config.yaml -s "$socket" >"$work/relative.log" 2>&1
is $? 0 "in the background"
cd /
wait_for ctl status
daemon_pid=$(pgrep -f "jellyporterd -f config.yaml -s $socket\$")
is "$(readlink "/proc/$daemon_pid/cwd")" / "its directory is another one"
one "timeout_secs: 60"
sed "s|path: .*|path: db/test.db|" "$config" >"$config.new"
mv "$config.new" "$config"
chmod 600 "$config"
reload 0 "finds its file, and its database"
is "$out" "configuration reloaded: 1 server changed" "and what has changed"

done_testing
