#!/bin/sh
# Children, and now and then the parent, killed at random moments while people
# go on and everything syncs: by SIGKILL, by a crash, and by SIGSTOP, which is
# to hang.  No change is lost, none counts twice, no process and no descriptor
# is left over, and everybody is there again as soon as the backoff allows.
#
# KILLS is how many children; a parent for each ten.  The backoff of a child
# that is killed again and again would make that endless: but a parent that
# begins anew knows of none.

. "$(dirname "$0")/../lib.sh"

kills=${KILLS:-20}
items=${ITEMS:-300}
seed=${SEED:-$(date +%s)}
first_seed=$seed
lives=$(((kills + 9) / 10))
began=$(date +%s)
servers="attic cellar den"
people="alice bob"
echo "# seed $seed, $kills kills of children, $lives of the parent"

common="--catalogue 7 --items $items --user alice:a --user bob:b"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2
# shellcheck disable=SC2086
start_sim den $common --version 10.9.11 --seed 3
for server in $servers; do
	sim "$server" POST "/pace?latency_ms=4" >/dev/null
done
LIVE=auto SESSIONS=15 begin_config
port=$(free_port)
sed -i "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$port" "$config"
for server in $servers; do
	configure_client "$server" "users:" "  alice: alice" "  bob: bob"
done
sim attic GET /items | gojq -r '.[] | select(.Type == "Movie") | .Number' |
    sort -un >"$work/movies"
films=$(wc -l <"$work/movies")
mkdir "$work/wanted"

# A sanitizer has a handler of its own for the other.
crash=SEGV
[ -z "${SANITIZE:-}" ] || crash=ABRT

start() {
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	life=$((life + 1))
	hung=0
}

# People.  What an act comes to is what its server shows after it, if all of
# them were in step before: then the rules leave no choice.

wanted() {			# wanted PERSON NUMBER
	cat "$work/wanted/$1.$2" 2>/dev/null
}

in_step() {			# in_step PERSON NUMBER
	for server in $servers; do
		[ "$(item_state "$server" "$1" "$2")" = "$(wanted "$1" "$2")" ] ||
		    return 1
	done
}

acts=0
plays=0
some_act() {
	random $films
	number=$(sed -n "$((r + 1))p" "$work/movies")
	random 2
	person=$(echo $people | cut -d' ' -f$((r + 1)))
	random 3
	on=$(echo $servers | cut -d' ' -f$((r + 1)))
	in_step "$person" "$number" || return 0
	random 4
	before=$(wanted "$person" "$number")
	acts=$((acts + 1))
	# A minute after the one before it, whatever the clock says.
	date=$(date -u -d "@$((1767225600 + acts * 60))" +%Y-%m-%dT%H:%M:%SZ)
	# A position or a favourite once only; plays as often as it comes.
	case $r,$before in
	0,)	what=partial
		more="&percent=40&date=$date" ;;
	1, | 1,*" false "[0-9n]*)
		what=favorite
		more= ;;
	*)	what=finish
		plays=$((plays + 1))
		more="&date=$date" ;;
	esac
	act "$on" "$person" "$number" $what "$more"
	item_state "$on" "$person" "$number" >"$work/wanted/$person.$number"
	random 3
	case $r in
	0)	kill -USR1 "$daemon_pid" 2>/dev/null ;;
	1)	curl -s -o "$work/answer" --max-time 2 -d '' \
		    "http://127.0.0.1:$port/webhook" ;;
	esac
}

# Deaths.

killed=0
by_kill=0
by_crash=0
by_stop=0
last_kill=0

stopped() {			# stopped PID
	[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" \
	    2>/dev/null)" = T ]
}

# One of those that run; fails if there is none.
kill_child() {			# kill_child SIGNAL
	children=$(for pid in $(pgrep -P "$daemon_pid"); do
		stopped "$pid" || echo "$pid"
	done)
	[ -n "$children" ] || return 1
	random "$(echo "$children" | wc -l)"
	kill -"$1" "$(echo "$children" | sed -n "$((r + 1))p")" 2>/dev/null ||
	    return 1
	killed=$((killed + 1))
	last_kill=$(date +%s)
}

some_death() {
	random 2
	if [ $r -eq 0 ]; then
		kill_child KILL && by_kill=$((by_kill + 1))
	else
		kill_child $crash && by_crash=$((by_crash + 1))
	fi
}

everybody_up() {
	timeout 5 jellyporterctl -s "$socket" -j show processes | gojq -e '
	    (.processes | length == 7) and
	    ([.processes[].state] | all(. == "up"))'
}

# None outlives it, not even one that is stopped and hears of nothing.
kill_parent() {
	kill_child STOP && by_stop=$((by_stop + 1))
	children=$(pgrep -P "$daemon_pid")
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	wait_for all_gone || left="$left $children"
}

all_gone() {
	for pid in $children; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

# "parent 19", for those whose number does not depend on their connections.
descriptors() {
	for role in parent engine listener resolver; do
		pid=$daemon_pid
		[ $role = parent ] ||
		    pid=$(pgrep -P "$daemon_pid" -f "jellyporterd: $role\$")
		echo "$role $(ls "/proc/$pid/fd" 2>/dev/null | wc -l)"
	done
}

same_descriptors() {
	[ "$(descriptors)" = "$(cat "$work/descriptors")" ]
}

# How long it took until everybody was there again, and how long it may have
# taken: the wait before the last start of who has died most often.
late=
check_recovery() {
	limit=400 wait_for everybody_up || bail_out "not everybody is up again"
	seconds=$(($(date +%s) - last_kill))
	most=$(ctl -j show processes | gojq '[.processes[].restarts] | max')
	may=$((5 * (1 << (most > 0 ? most - 1 : 0)) / 4 + 6))
	[ $hung -eq 0 ] || may=$((may + 45))
	[ $seconds -le $may ] || late="$late $seconds>$may"
	limit=20 wait_for same_descriptors ||
	    leaked="$leaked$(descriptors | paste -sd, -); "
}

# One life of a parent: ten deaths, at any moment from its start on.
left=
leaked=
live_and_die() {		# live_and_die STOPS
	start
	stops=$1
	for death in 1 2 3 4 5 6 7 8 9 10; do
		some_act
		some_act
		random 5
		sleep "0.$r"
		# Somebody has to be there, and need not be for a while.
		for try in $(seq 200); do
			if [ "$stops" -gt 0 ] && kill_child STOP; then
				stops=$((stops - 1))
				by_stop=$((by_stop + 1))
				hung=1
				break
			fi
			some_death && break
			sleep 0.3
		done
		some_act
	done
	# Those that hang hang for a while, and people go on.
	while [ $hung -eq 1 ] && pgrep -P "$daemon_pid" |
	    (while read -r pid; do stopped "$pid" && exit 0; done; exit 1); do
		some_act
		sleep 0.5
	done
}

# What there is without any death.
life=0
start
wait_for everybody_up || bail_out "the daemon does not start"
wait_for is_up attic 2 && wait_for is_up cellar 2 ||
    bail_out "no live connections"
wait_for idle
sync_now
is $? 0 "a first sync"
wait_for idle
descriptors >"$work/descriptors"
echo "# descriptors: $(paste -sd, "$work/descriptors")"
stop_daemon

# One life in ten is one of those that hang, the first among them; each third
# one is waited for.
for n in $(seq "$lives"); do
	case $((n % 10)) in
	1)	live_and_die 4
		check_recovery ;;
	3 | 6 | 9)
		live_and_die 0
		check_recovery ;;
	*)	live_and_die 0 ;;
	esac
	kill_parent
done
echo "# $by_kill by SIGKILL, $by_crash by SIG$crash, $by_stop hung;" \
    "$lives parents; $acts acts, of these $plays plays;" \
    "$(($(date +%s) - began)) s"
[ "$killed" -ge "$kills" ] && [ "$acts" -ge $((kills / 2)) ]
ok $? "$killed children were killed while people did $acts things"
[ "$by_stop" -ge 1 ] && [ "$(grep -c 'has not answered for 30 s: it is killed' \
    "$work/daemon.log")" -ge 1 ]
ok $? "some hung, and were killed for it: $(grep -c 'it is killed' \
    "$work/daemon.log")"
is "$late" "" "everybody was there again within the backoff"
is "$left" "" "no process outlived its parent"
is "$leaked" "" "no descriptor was left over"

start
wait_for everybody_up || bail_out "not everybody is up"
wait_for sync_now
ok $? "the next sync succeeds"
wait_for idle
for person in $people; do
	for file in "$work/wanted/$person".*; do
		echo "${file##*.} $(cat "$file")"
	done | tr -s ' ' '\t' | sort -n >"$work/expected"
	for server in $servers; do
		state "$server" "$person" | tr -s ' ' '\t' | sort -n \
		    >"$work/have"
		is "$(diff "$work/expected" "$work/have" | head -5)" "" \
		    "every copy of $person on $server is as agreed"
	done
done
is "$(sqlite3 "$work/db/test.db" 'PRAGMA integrity_check')" ok \
    "the database is whole"
is "$(sqlite3 "$work/db/test.db" 'SELECT count(*) FROM copy WHERE asked')" 0 \
    "no write is left without an answer"
quiet
is "$(grep -e 'nonsense' -e 'ended by its sandbox' -e ' fatal: ' \
    -e 'ended with status' "$work/daemon.log" | sort -u | head -5)" "" \
    "nobody has ended but by what was done to him"
limit=20 wait_for same_descriptors
is "$(descriptors)" "$(cat "$work/descriptors")" \
    "the descriptors are what they were at first"
is "$(pgrep -P "$daemon_pid" | wc -l | tr -d ' ')" 6 "and so are the processes"
echo "# seed $first_seed, $(($(date +%s) - began)) s in all"
done_testing
