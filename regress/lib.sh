# Shared by the system tests, the demo and the benchmarks: whole daemons against simulated servers.
# Everything is started on free ports of the loopback interface and ended by
# its pid; states are waited for, with a limit.

set -u

top=$(cd "$(dirname "$0")" && while [ ! -f Makefile ] && [ "$PWD" != / ]; do
	cd ..
done; pwd)
PATH=$top/jellyporterd:$top/jellyporterctl:$PATH
PATH=$top/regress/sim:$top/regress/steer:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/jellyporter-test.XXXXXX")
api_key=0123456789abcdef0123456789abcdef
socket=$work/ctl.sock
config=$work/config.yaml
limit=${TEST_LIMIT:-60}		# seconds to wait for a state
daemon_pid=
sim_names=
test_number=0
failures=0

cleanup() {
	trap - EXIT HUP INT TERM
	stop_daemon
	for name in $sim_names; do
		kill "$(cat "$work/$name.pid")" 2>/dev/null
	done
	wait 2>/dev/null
	[ -n "${KEEP:-}" ] && echo "# kept: $work" || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# TAP

ok() {				# ok STATUS NAME
	test_number=$((test_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $test_number - $2"
	else
		echo "not ok $test_number - $2"
		failures=$((failures + 1))
	fi
}

is() {				# is GOT WANTED NAME
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		printf '%s\n' "$1" | head -20 | sed 's/^/#    got: /'
		printf '%s\n' "$2" | head -20 | sed 's/^/# wanted: /'
	fi
}

done_testing() {
	echo "1..$test_number"
	[ "$failures" -eq 0 ]
	exit
}

bail_out() {
	echo "Bail out! $1"
	[ -f "$work/daemon.log" ] && tail -20 "$work/daemon.log" |
	    sed 's/^/# /'
	exit 1
}

# Until a command succeeds; fails after the limit.  What has not come soon is
# asked for less often: to ask takes several processes.
wait_for() {
	end=$(($(date +%s) + limit))
	pause=0.05
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep $pause
		case $pause in
		0.05)	pause=0.1 ;;
		0.1)	pause=0.2 ;;
		0.2)	pause=0.4 ;;
		esac
	done
}

# A port that nobody has.
free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1,
	    LocalAddr => "127.0.0.1")->sockport'
}

# A number from 0 to N - 1 into r, from $seed on.  Not for $(...): that would be
# another shell, and the same number every time.
random() {			# random N
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	r=$((seed / 65536 % $1))
}

# Simulated servers

start_sim() {			# start_sim NAME [OPTION ...]
	name=$1
	shift
	: >"$work/$name.out"
	jellyfin-sim --port 0 --control-port 0 --name "$name" \
	    --key "$api_key" "$@" \
	    >"$work/$name.out" 2>"$work/$name.err" &
	echo $! >"$work/$name.pid"
	sim_names="$sim_names $name"
	wait_for grep -q '^control on' "$work/$name.out" ||
	    bail_out "simulator $name: $(cat "$work/$name.err")"
	sed -n 's/^listening on //p' "$work/$name.out" >"$work/$name.address"
	sed -n 's/^control on //p' "$work/$name.out" >"$work/$name.control"
}

url() {				# url NAME
	echo "http://$(cat "$work/$1.address")"
}

sim() {				# sim NAME METHOD PATH?QUERY
	read -r control <"$work/$1.control"
	steer "$2" "$control" "$3"
}

act() {				# act NAME USER ITEM WHAT [&more]
	sim "$1" POST "/act?user=$2&item=$3&what=$4${5:-}" >/dev/null ||
	    bail_out "act $*"
}

set_state() {			# set_state NAME USER ITEM QUERY
	sim "$1" POST "/set?user=$2&item=$3&$4" >/dev/null ||
	    bail_out "set $*"
}

fault() {			# fault NAME QUERY
	sim "$1" POST "/fault?$2" >/dev/null || bail_out "fault $*"
}

no_faults() {
	sim "$1" DELETE /fault >/dev/null || bail_out "no_faults $1"
}

counts() {			# counts NAME KIND ...: their sum
	name=$1
	shift
	sim "$name" GET /counts | gojq -r --args \
	    '[.[$ARGS.positional[]] // 0] | add' "$@"
}

writes() {			# all requests that change something
	counts "$1" userdata_write played_delete
}

all_writes() {			# of each of $servers
	sum=0
	for server in $servers; do
		sum=$((sum + $(writes "$server")))
	done
	echo $sum
}

reset_counts() {
	sim "$1" POST /counts/reset >/dev/null
}

# "number played position count favourite last-played", a line for each item
# that a user has touched.
state() {			# state NAME USER
	sim "$1" GET "/state?user=$2" | gojq -r '.[] | select(.Removed != true) |
	    [.Number, .Played, .PlaybackPositionTicks, .PlayCount,
	     .IsFavorite, ((.LastPlayedDate // "none") | .[:19])] | @tsv' |
	    grep -v '	false	0	0	false	none$'
	return 0
}

item_state() {			# item_state NAME USER NUMBER
	state "$1" "$2" | awk -v n="$3" '$1 == n { $1 = ""; print substr($0, 2) }'
}

# The daemon

begin_config() {
	cat >"$config" <<-END
	database:
	  path: $work/db/test.db
	metrics_addr: ""
	events:
	  live: ${LIVE:-off}
	  sessions_poll_secs: ${SESSIONS:-0}
	clients:
	END
	chmod 600 "$config"
}

configure_client() {		# configure_client NAME USER-LINES
	cat >>"$config" <<-END
	  $1:
	    url: $(url "$1")
	    api_key: $api_key
	END
	shift
	for line; do
		echo "    $line" >>"$config"
	done
}

start_daemon() {
	jellyporterd -d -f "$config" -s "$socket" "$@" \
	    >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for jellyporterctl -s "$socket" status ||
	    bail_out "the daemon does not answer"
}

stop_daemon() {
	[ -n "$daemon_pid" ] || return 0
	# A signal that reaches the shell's child before it has become the
	# daemon is lost, so one may not be enough.
	while kill "$daemon_pid" 2>/dev/null; do
		sleep 0.1
	done
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
}

once() {			# one full sync; its exit status
	jellyporterd -o -f "$config" -s "$socket" "$@" \
	    >>"$work/daemon.log" 2>&1
}

ctl() {
	jellyporterctl -s "$socket" "$@"
}

sync_now() {
	ctl sync now "$@" >>"$work/sync.log" 2>&1
}

# Who receives metrics: what is posted is left in $work/received.

start_receiver() {		# start_receiver [PORT]
	mkdir -p "$work/received"
	: >"$work/receiver.out"
	perl "$top/regress/system/receiver.pl" "$work/received" "$@" \
	    >"$work/receiver.out" 2>"$work/receiver.err" &
	echo $! >"$work/receiver.pid"
	sim_names="$sim_names receiver"
	wait_for grep -q '^listening' "$work/receiver.out" ||
	    bail_out "receiver: $(cat "$work/receiver.err")"
	receiver=$(sed -n 's/^listening on //p' "$work/receiver.out")
}

received() {			# how many
	ls "$work/received" | grep -c 'json$'
}

has_received() {		# has_received NUMBER
	[ -e "$work/received/$1.json" ]
}

# Live servers

live() {			# live SERVER: off, not supported, down, up
	ctl -j show servers | gojq -r --arg name "$1" \
	    '.servers[] | select(.name == $name) | .live'
}

live_is() {			# live_is SERVER STATE
	[ "$(live "$1")" = "$2" ]
}

# Connected, with so many users in its session, and the engine knows.
is_up() {			# is_up SERVER USERS
	live_is "$1" up && sim "$1" GET /sockets | gojq -e --argjson users "$2" \
	    '[.[] | select(.Users == $users)] | length == 1'
}

rounds() {			# rounds SERVER: how many have ended
	grep -c "sync .*server=$1\$" "$work/daemon.log"
}

# As if sync_interval_mins had passed, until each of $servers has been read.
clock_round() {
	for server in $servers; do
		rounds "$server"
	done >"$work/rounds"
	kill -USR1 "$daemon_pid"
	wait_for rounds_ended || bail_out "no round"
}

rounds_ended() {		# one more of each than $work/rounds has
	for server in $servers; do
		read -r before
		[ "$(rounds "$server")" -gt "$before" ] || return 1
	done <"$work/rounds"
}

idle() {			# nothing is being read or owed
	ctl -j status | gojq -e '.daemons[0].syncing == false and
	    .daemons[0].owed == 0 and ([.servers[].reading] | all(. == ""))'
}

# Stories (70-stories.t and following).  $servers are those of the test.

story() {			# story WHAT GOES WRONG ELSEWHERE
	echo "# $1"
	reset_all
}

reset_all() {
	for server in $servers; do
		reset_counts "$server"
	done
}

# Takes the next film or episode that no story has had yet: its number is
# $item then.
next() {			# next Movie|Episode [SERVER]
	[ -f "$work/unused.$1" ] || sim "${2:-${servers%% *}}" GET /items |
	    gojq -r --arg type "$1" '.[] | select(.Type == $type) | .Number' |
	    sort -un >"$work/unused.$1"
	item=$(sed -n 1p "$work/unused.$1")
	sed -i 1d "$work/unused.$1"
	[ -n "$item" ] || bail_out "no $1 is left"
}

holds() {			# holds SERVER USER ITEM STATE NAME
	is "$(item_state "$1" "$2" "$3")" "$4" "$5"
}

# How many requests that change something each of the servers has had, in
# their order, since the story began.
wrote() {			# wrote "COUNT ..." NAME
	is "$(for server in $servers; do writes "$server"; done | paste -sd' ' -)" \
	    "$1" "$2"
}

# One more sync finds nothing to do.
quiet() {
	reset_all
	sync_now
	is "$(for server in $servers; do writes "$server"; done | sort -u)" 0 \
	    "and a further sync writes nothing"
}

# Three overlapping servers and two people, as several tests use them.

three="attic cellar den"

# Two servers with alice on both, a webhook at $port and a receiver of metrics: a
# configuration with a process of each role.
start_all_roles() {
	start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --items 20 \
	    --user alice:a --watched 10
	start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --items 20 \
	    --user alice:a
	begin_config
	port=$(free_port)
	sed -i "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$port" "$config"
	start_receiver
	sed -i "s|^clients:|telemetry: {otlp_endpoint: 'http://$receiver', \
interval_secs: 1}\n&|" "$config"
	configure_client attic "user: alice"
	configure_client cellar "user: alice"
}

start_three() {			# start_three ITEMS
	common="--catalogue 7 --items $1 --user alice:a --user bob:b"
	# The option list is meant to be split.
	# shellcheck disable=SC2086
	start_sim attic $common --version 10.9.11 --seed 1 --first 0 \
	    --watched 100 --resumable 10 --favorites 10
	# shellcheck disable=SC2086
	start_sim cellar $common --version 10.11.11 --seed 2 \
	    --first $(($1 / 5)) --watched 50 --resumable 10 --favorites 10
	# shellcheck disable=SC2086
	start_sim den $common --version 12.0.0 --seed 3 \
	    --first $(($1 / 3)) --watched 50 --resumable 10 --favorites 10
}

configure_three() {
	begin_config
	for server in $three; do
		configure_client "$server" "users:" "  alice: alice" \
		    "  bob: bob"
	done
}

# What a first contact must come to, by the rules and without the daemon: the
# union of what all servers hold, item by item.
expected_union() {		# expected_union PERSON
	for server in $three; do
		state "$server" "$1"
	done | LC_ALL=C awk -F'\t' -v OFS='\t' '
	function later(n, played, position, date) {
		if (date != d[n])
			return d[n] == "none" || (date != "none" && date > d[n])
		if ((played == "true" && position == 0) != (p[n] == "true" && pos[n] == 0))
			return played == "true" && position == 0
		return position + 0 > pos[n] + 0
	}
	!($1 in seen) {
		seen[$1] = 1; p[$1] = $2; pos[$1] = $3; c[$1] = $4
		f[$1] = $5; d[$1] = $6; next
	}
	{
		if (later($1, $2, $3, $6)) pos[$1] = $3
		if ($2 == "true") p[$1] = "true"
		if ($4 + 0 > c[$1] + 0) c[$1] = $4
		if ($5 == "true") f[$1] = "true"
		if (d[$1] == "none" || ($6 != "none" && $6 > d[$1])) d[$1] = $6
	}
	END { for (n in seen) print n, p[n], pos[n], c[n], f[n], d[n] }' |
	    sort -n
}

# Of that, what a server has items for.
expected_on() {			# expected_on SERVER PERSON
	sim "$1" GET /items | gojq -r '.[].Number' | sort -un >"$work/numbers"
	awk -F'\t' 'NR == FNR { has[$1] = 1; next } $1 in has' \
	    "$work/numbers" "$work/expected.$2"
}
